import { expect, onTestFinished, test, vi } from 'vitest'
import { BrokerEvents } from '../../src/events/broker-events.ts'
import { observePulse } from '../../src/events/observe-pulse.ts'
import type { Pulse } from '../../src/replication/core/pulse.ts'

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] }

function observed() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const told: string[] = []
  const events = new BrokerEvents((error) => {
    throw error
  })
  events.on('heartbeat-missed', ({ peerId, silentMs, epoch, misses }) =>
    told.push(`${peerId} silent ${silentMs} in ${epoch}: ${misses}`),
  )
  events.on('lease-expired', ({ holderId, epoch, takenBy }) => told.push(`lease of ${holderId} ${epoch} ${takenBy}`))
  const pulse: Writable<Pulse> = { epoch: 3, heartbeatMs: 500, silences: [], isLeaseRunning: null }
  const clock = { nowMs: 0 }
  const stop = observePulse(
    '1',
    () => pulse,
    events,
    () => clock.nowMs,
  )
  const look = (): void => {
    clock.nowMs += 250
    vi.advanceTimersByTime(250)
  }
  // It has listened for a while.
  for (let index = 0; index < 3; index++) look()
  const heard = (brokerId: string, silentMs: number): void => {
    pulse.silences = [{ brokerId, silentMs }]
    look()
  }
  return { told, pulse, stop, heard, clock }
}

test('a silence is told once, however long it lasts', () => {
  const { told, heard } = observed()
  heard('2', 500)
  expect(told).toEqual([])
  for (const silentMs of [510, 760, 1_010, 20_000]) heard('2', silentMs)
  expect(told).toEqual(['2 silent 510 in 3: 1'])
})

test('one that comes and goes is told of again once in ten seconds, with a count', () => {
  const { told, heard } = observed()
  for (let index = 0; index < 30; index++) {
    heard('2', 600)
    heard('2', 0)
  }
  expect(told).toEqual(['2 silent 600 in 3: 1', '2 silent 600 in 3: 19'])
})

test('a broker that was stopped itself does not say that the others were silent', () => {
  const { told, heard, clock } = observed()
  clock.nowMs += 5_000
  heard('2', 5_250)
  heard('2', 5_500)
  expect(told).toEqual([])
  heard('2', 5_750)
  heard('2', 6_000)
  expect(told, 'and says so when they are, now that it listens').toEqual(['2 silent 6000 in 3: 1'])
})

test('a lease that runs out under its leader is told of, one that was never held and one that was lost are not', () => {
  const { told, pulse, stop } = observed()
  pulse.isLeaseRunning = false
  vi.advanceTimersByTime(250)
  pulse.isLeaseRunning = true
  vi.advanceTimersByTime(250)
  pulse.isLeaseRunning = null
  vi.advanceTimersByTime(250)
  expect(told).toEqual([])
  pulse.isLeaseRunning = true
  vi.advanceTimersByTime(250)
  pulse.isLeaseRunning = false
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual(['lease of 1 3 null'])
  stop()
})
