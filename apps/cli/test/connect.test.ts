import type { YakClient } from '@yak/client'
import { YakError } from '@yak/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { reportConnection } from '../src/connect.ts'

const url = 'http://127.0.0.1:5001'

/** What a client tells, without one: `lose` and `find` are its leader that goes and comes. */
function reported() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const listeners = new Map<string, (event: never) => void>()
  const lines: string[] = []
  const client = {
    on: (name: string, listener: (event: never) => void) => {
      listeners.set(name, listener)
      return () => {}
    },
  } as unknown as Pick<YakClient, 'on'>
  reportConnection(client, { line: (text) => void lines.push(text) })
  const error = new YakError('LEADER_NOT_AVAILABLE', 'There is none.')
  return {
    lines,
    find: () => listeners.get('connected')!({ url, id: '1', epoch: 1 } as never),
    lose: () => listeners.get('disconnected')!({ url, error } as never),
  }
}

test('a broker that answers and refuses by turns is told of once', () => {
  const { lines, find, lose } = reported()
  find()
  for (let count = 0; count < 30; count++) {
    lose()
    find()
    vi.advanceTimersByTime(100)
  }
  expect(lines).toEqual([`${url} does not answer any more; trying on`, `${url} answers again`])
})

test('one that is lost again is told of when that lasts, or some time lies between', () => {
  const { lines, find, lose } = reported()
  find()
  lose()
  find()
  lose()
  expect(lines).toHaveLength(2)
  vi.advanceTimersByTime(3_000)
  expect(lines).toHaveLength(3)
  find()
  vi.advanceTimersByTime(10_000)
  lose()
  expect(lines.slice(2)).toEqual([
    `${url} does not answer any more; trying on`,
    `${url} answers again`,
    `${url} does not answer any more; trying on`,
  ])
})

test('none that answers at all is told of after a while', () => {
  const { lines } = reported()
  vi.advanceTimersByTime(3_000)
  expect(lines).toEqual(['no broker answers yet; trying on'])
})
