import { expect, test } from 'vitest'
import { brokerWords } from '../../src/lib/broker-words.ts'

test.each([
  ['Broker 1 leads in epoch 8.', 'b1 leads in epoch 8.'],
  [
    'Broker 1 has not heard from broker 3 for 1780 ms, in epoch 7.',
    'b1 has not heard from b3 for 1\u00a0780\u00a0ms, in epoch 7.',
  ],
  ['In sync: 1, 2, in epoch 8.', 'In sync: b1, b2, in epoch 8.'],
  ['In sync: 1, 2; 3 left, in epoch 8.', 'In sync: b1, b2; b3 left, in epoch 8.'],
  ['ISR of epoch 66: 3,2 becomes 3,2,1.', 'ISR of epoch 66: b3, b2 becomes b3, b2, b1.'],
  ['Broker 2 leads, not 1. Send it there.', 'b2 leads, not b1. Send it there.'],
  ['brokers 1,2 answer it', 'b1,b2 answer it'],
  ['All 3 brokers are empty: they form a cluster.', 'All 3 brokers are empty: they form a cluster.'],
  ['Broker north leads in epoch 8.', 'Broker north leads in epoch 8.'],
])('%s', (written, shown) => {
  expect(brokerWords(written)).toBe(shown)
})

test('only counts have spaces: no epoch, offset, port or date', () => {
  const text = 'Broker 1 (YAK 0.1.0) serves at http://127.0.0.1:12970 in epoch 12000, offset 51234, since 2026-11-29.'
  expect(brokerWords(text)).toBe(text.replace('Broker 1', 'b1'))
  expect(brokerWords('The disk is nearly full, with 1234567 bytes free')).toContain('1\u00a0234\u00a0567\u00a0bytes')
})
