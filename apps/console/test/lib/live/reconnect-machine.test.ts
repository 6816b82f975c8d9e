import { describe, expect, test } from 'vitest'
import {
  delayOf,
  maxDelayMs,
  type ReconnectEvent,
  type ReconnectState,
  reconnect,
} from '../../../src/lib/live/reconnect-machine.ts'

const peers = ['http://b1', 'http://b2', 'http://b3']

/** Runs events and tells which addresses were tried. */
function run(events: readonly ReconnectEvent['type'][], urls = peers) {
  let state: ReconnectState = { phase: 'idle' }
  const tried: string[] = []
  const delays: number[] = []
  for (const type of events) {
    const step = reconnect(state, type === 'start' ? { type, url: urls[0]! } : ({ type } as ReconnectEvent), urls, 0.5)
    state = step.state
    if (step.effect?.type === 'connect') tried.push(step.effect.url)
    if (step.effect?.type === 'wait') delays.push(step.effect.delayMs)
  }
  return { state, tried, delays }
}

describe('a lost broker', () => {
  test('is tried once more, then its peers in turn', () => {
    const { tried } = run([
      'start',
      'opened',
      'closed',
      'elapsed',
      'closed',
      'elapsed',
      'closed',
      'elapsed',
      'closed',
      'elapsed',
    ])
    expect(tried).toEqual(['http://b1', 'http://b1', 'http://b2', 'http://b3', 'http://b1'])
  })
  test('is remembered until another one answers', () => {
    expect(run(['start', 'opened', 'closed', 'elapsed', 'closed']).state).toMatchObject({
      phase: 'waiting',
      lost: 'http://b1',
      url: 'http://b2',
    })
    expect(run(['start', 'opened', 'closed', 'elapsed', 'closed', 'elapsed', 'opened']).state).toEqual({
      phase: 'open',
      url: 'http://b2',
    })
  })
  test('never there at first is not "lost"', () => {
    expect(run(['start', 'closed']).state).toMatchObject({ phase: 'waiting', lost: null, url: 'http://b2' })
  })
})

test('retry-now connects at once, and only while it waits', () => {
  expect(run(['start', 'opened', 'closed', 'retry-now']).tried).toEqual(['http://b1', 'http://b1'])
  expect(run(['start', 'opened', 'retry-now']).state).toEqual({ phase: 'open', url: 'http://b1' })
})

test('stop stops from anywhere, and nothing wakes it but start', () => {
  expect(run(['start', 'opened', 'closed', 'stop', 'elapsed', 'closed', 'retry-now', 'opened']).state).toEqual({
    phase: 'idle',
  })
})

test('delays grow over rounds from 0.25 s to 5 s, with jitter', () => {
  expect(delayOf(1, 3, 0)).toBe(250)
  for (const random of [0, 0.5, 1]) {
    let before = 0
    for (let attempt = 1; attempt < 60; attempt++) {
      const delay = delayOf(attempt, 3, random)
      expect(delay).toBeGreaterThanOrEqual(Math.max(250, before))
      expect(delay).toBeLessThanOrEqual(maxDelayMs)
      before = delay
    }
  }
  expect(delayOf(50, 3, 1)).toBe(5_000)
  expect(delayOf(50, 3, 0)).toBe(2_500)
})

test('a single broker is tried again and again', () => {
  expect(run(['start', 'opened', 'closed', 'elapsed', 'closed', 'elapsed'], ['http://b1']).tried).toEqual([
    'http://b1',
    'http://b1',
    'http://b1',
  ])
})
