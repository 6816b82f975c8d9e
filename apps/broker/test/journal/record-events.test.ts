import { journalTypes } from '@yak/protocol/schemas'
import { expect, onTestFinished, test } from 'vitest'
import { BrokerEvents } from '../../src/events/broker-events.ts'
import { Journal } from '../../src/journal/journal.ts'
import { recordEvents } from '../../src/journal/record-events.ts'
import { temporaryFolder } from '../temporary-folder.ts'

async function recording() {
  const journal = await Journal.open({
    dataDir: await temporaryFolder(),
    brokerId: '1',
    clock: () => 0,
    epoch: () => 3,
    onFailure: () => {},
  })
  onTestFinished(() => journal.close())
  const events = new BrokerEvents((error) => {
    throw error
  })
  const stop = recordEvents(events, journal, { brokerId: '1', version: '0.1.0', url: () => 'http://b1' })
  const entries = async () => (await journal.read({ limit: 100, level: 'info' })).entries
  return { events, entries, stop }
}

test('each event is an entry with a level, a sentence and its data', async () => {
  const { events, entries } = await recording()
  events.emit('started', {})
  events.emit('role-changed', { role: 'leader', epoch: 3, reason: 'its ISR is confirmed' })
  events.emit('leader-changed', { leaderId: '1', epoch: 3 })
  events.emit('leader-changed', { leaderId: null, epoch: 3 })
  events.emit('isr-changed', { isr: ['1', '2', '3'], epoch: 3 })
  events.emit('isr-changed', { isr: ['1', '3'], epoch: 3 })
  events.emit('heartbeat-missed', { peerId: '2', silentMs: 510, epoch: 3, misses: 1 })
  events.emit('heartbeat-missed', { peerId: '2', silentMs: 510, epoch: 3, misses: 4 })
  events.emit('lease-expired', { holderId: '1', epoch: 3, takenBy: null })
  events.emit('lease-expired', { holderId: '2', epoch: 2, takenBy: '1' })
  events.emit('write-fenced', { epoch: 3, knownEpoch: 3, writes: 1 })
  events.emit('write-fenced', { epoch: 3, knownEpoch: 8, writes: 39 })
  events.emit('coordinator', { connected: false })
  events.emit('coordinator', { connected: true })
  events.emit('topic-created', { topic: 'a', id: 'i', partitions: 1 })
  events.emit('topic-deleted', { topic: 'a', id: 'i' })
  events.emit('records-deleted', { topic: 'a', id: 'i', partitions: [0, 1] })
  events.emit('log-failed', { partition: 'a-0', code: 'STORAGE_ERROR', detail: 'EIO' })
  events.emit('disk', { isFull: true, freeBytes: 5 })
  events.emit('disk', { isFull: false, freeBytes: 500 })
  events.emit('notice', { level: 'warn', text: 'Look.' })
  events.emit('stopping', {})
  const found = await entries()
  expect(new Set(found.map(({ type }) => type))).toEqual(new Set(journalTypes))
  expect(found.map(({ level, type, text }) => `${level} ${type}: ${text}`)).toEqual([
    'info started: Broker 1 (YAK 0.1.0) serves at http://b1.',
    'info role-changed: Broker 1 is leader in epoch 3: its ISR is confirmed.',
    'info leader-changed: Broker 1 leads in epoch 3.',
    'warn leader-changed: No leader is known since epoch 3.',
    'info isr-changed: In sync: 1, 2, 3, in epoch 3.',
    'warn isr-changed: In sync: 1, 3; 2 left, in epoch 3.',
    'warn heartbeat-missed: Broker 1 has not heard from broker 2 for 510 ms, in epoch 3.',
    'warn heartbeat-missed: Broker 1 has not heard from broker 2 for 510 ms, in epoch 3. It was silent 4 times since it was last told.',
    'warn lease-expired: Broker 1 could not renew its lease of epoch 3: it has run out.',
    'warn lease-expired: The lease of broker 2, epoch 2, has run out. Broker 1 was given the next.',
    'warn write-fenced: Broker 1 refused a write to the leader of epoch 3 that it was: it cannot show that it still leads.',
    'warn write-fenced: Broker 1 refused 39 writes to the leader of epoch 3 that it was: epoch 8 has begun.',
    'warn coordinator-lost: The coordinator is out of reach: no election and no change of the ISR until it is back.',
    'info coordinator-back: The coordinator is back.',
    'info topic-created: Topic a was created with 1 partition.',
    'info topic-deleted: Topic a was deleted.',
    'info records-deleted: All records of topic a in 2 partitions were deleted.',
    'error log-failed: The log of a-0 is not served any more: EIO',
    'error disk-full: The disk is nearly full, with 5 bytes free: new records are refused.',
    'info disk-room: The disk has room again, 500 bytes: new records are taken.',
    'warn notice: Look.',
    'info stopped: Broker 1 stops.',
  ])
  expect(found[5]!.data).toEqual({ isr: ['1', '3'], previous: ['1', '2', '3'], epoch: 3 })
})

test('the coordinator is told of when it changes, and nothing once recording is over', async () => {
  const { events, entries, stop } = await recording()
  events.emit('coordinator', { connected: true })
  events.emit('coordinator', { connected: false })
  events.emit('coordinator', { connected: false })
  expect((await entries()).map(({ type }) => type)).toEqual(['coordinator-lost'])
  stop()
  events.emit('coordinator', { connected: true })
  expect(await entries()).toHaveLength(1)
})
