import { expect, test } from 'vitest'
import { BrokerEvents } from '../../src/events/broker-events.ts'
import { FencedWrites } from '../../src/events/fenced-writes.ts'

function watched() {
  const events = new BrokerEvents((error) => {
    throw error
  })
  const view = { isLeading: false, epoch: 0 }
  const clock = { nowMs: 0 }
  const told: string[] = []
  events.on('write-fenced', ({ epoch, knownEpoch, writes }) => told.push(`${epoch} of ${knownEpoch}: ${writes}`))
  const writes = new FencedWrites(events, view, () => clock.nowMs)
  const become = (role: string, epoch: number): void => {
    Object.assign(view, { epoch, isLeading: role === 'leader' })
    events.emit('role-changed', { role, epoch, reason: '' })
  }
  return { view, clock, told, writes, become, events }
}

test('a broker that never led refuses writes that only came to the wrong one', () => {
  const { told, writes, become } = watched()
  become('follower', 3)
  writes.note()
  expect(told).toEqual([])
})

test('a leader that cannot show that it still leads, and one that leads no more, fence what is written to it', () => {
  const { view, clock, told, writes, become, events } = watched()
  become('leader', 3)
  writes.note()
  expect(told, 'it leads: the write was refused for another reason').toEqual([])
  view.isLeading = false
  writes.note()
  expect(told).toEqual(['3 of 3: 1'])
  become('unattached', 8)
  become('follower', 8)
  writes.note()
  events.emit('stopping', {})
  expect(told).toEqual(['3 of 3: 1', '3 of 8: 1'])
  clock.nowMs = 30_001
  writes.note()
  events.emit('stopping', {})
  expect(told, 'half a minute later nobody writes to that leader').toHaveLength(2)
})

test('what waits belongs to the epoch it was refused under', () => {
  const { told, writes, become } = watched()
  become('leader', 3)
  become('follower', 8)
  for (let index = 0; index < 4; index++) writes.note()
  become('leader', 9)
  expect(told.map((text) => text.replace(/ of \d+/, ''))).toEqual(['3: 1', '3: 3'])
})

test('who hands over and stops is asked no more', () => {
  const { told, writes, become } = watched()
  become('leader', 3)
  become('resigned', 3)
  writes.note()
  expect(told).toEqual([])
})
