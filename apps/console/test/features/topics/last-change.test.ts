import { expect, test } from 'vitest'
import type { JournalEntry } from '../../../src/data/live/frames.ts'
import { lastChange } from '../../../src/features/topics/last-change.ts'

const entry = (seq: number, type: string, data: JournalEntry['data'] = {}): JournalEntry => ({
  seq,
  at: seq,
  brokerId: '1',
  epoch: 8,
  level: 'info',
  type,
  text: type,
  data,
})

test('a leader, who is in sync, or the topic itself, and nothing of another topic', () => {
  const created = entry(2, 'topic-created', { topic: 'orders' })
  const entries = [entry(1, 'isr-changed'), created, entry(3, 'topic-created', { topic: 'other' }), entry(4, 'notice')]
  expect(lastChange(entries, 'orders')).toBe(created)
  expect(lastChange(entries, 'none')?.seq).toBe(1)
  expect(lastChange([...entries, entry(5, 'leader-changed')], 'orders')?.seq).toBe(5)
  expect(lastChange([entry(4, 'notice')], 'orders')).toBeUndefined()
})
