import { type ErrorCode, YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { UsageError } from '../src/arguments/usage-error.ts'
import { inOwnWords } from '../src/own-words.ts'

const make = (code: ErrorCode, details: Record<string, unknown>, cause?: unknown) =>
  new YakError(code, 'Said to a program.', { details, cause })

const told = (error: YakError, command = 'yak consume') => inOwnWords(error, command).message

test('an error that has no words of its own here speaks for itself', () => {
  const error = make('DISK_FULL', {})
  expect(inOwnWords(error, 'yak produce')).toBe(error)
})

test('of a topic that was deleted while it was read, no other is to be created', () => {
  expect(told(make('UNKNOWN_TOPIC', { topic: 't', deleted: true }))).toBe(
    'Said to a program. yak topics list shows which there are.',
  )
  expect(told(make('UNKNOWN_TOPIC_ID', { topic: 't', topicId: 'a', newTopicId: 'b' }))).toMatch(
    /^Topic t was deleted and created again: .* Run yak consume again\.$/,
  )
})

test('brokers are named with a flag', () => {
  const details = { waitedMs: 500, reports: ['http://a refuses.', 'http://b is silent.'] }
  expect(told(make('BROKERS_UNREACHABLE', details))).toBe(
    'No broker answered within 500 ms. http://a refuses. http://b is silent. Start one, or name others with --brokers.',
  )
  expect(told(new YakError('BROKERS_UNREACHABLE', 'http://a refuses.'))).toBe(
    'http://a refuses. Start it, or name others with --brokers.',
  )
  expect(told(make('LEADER_NOT_AVAILABLE', details))).toMatch(
    /^No leader was found within 500 ms\. .* yak cluster shows/,
  )
  expect(told(make('INVALID_RESPONSE', { url: 'http://a', clusterId: 'x', expected: 'y' }))).toBe(
    'http://a belongs to cluster x, and another broker to y. Name brokers of one cluster with --brokers.',
  )
})

test('a refusal of what was typed is a usage error, whose fields are flags', () => {
  const issues = [
    { field: 'config.retentionMs', message: 'give at least 5' },
    { field: 'name', message: 'missing' },
    { field: '', message: 'give an object' },
  ]
  const error = inOwnWords(make('INVALID_REQUEST', { issues }), 'yak topics create')
  expect(error).toBeInstanceOf(UsageError)
  expect(error.message).toBe(
    'The broker does not take it: --config retentionMs: give at least 5; TOPIC: missing; give an object.',
  )
  expect(inOwnWords(make('INVALID_CONFIG', {}), 'yak topics create')).toBeInstanceOf(UsageError)
})

test('a record whose time ran out: the flag, how to find out, and the reason in the same words', () => {
  const details = { topic: 't', partition: 0, deliveryTimeoutMs: 500, attempts: 3 }
  const unknown = make('UNKNOWN_TOPIC', { topic: 't' })
  const reason = told(unknown, 'yak produce')
  const toldInProduce = (code: ErrorCode, cause?: YakError) => told(make(code, details, cause), 'yak produce')
  expect(toldInProduce('DELIVERY_ABANDONED', unknown)).toBe(
    `The record for t-0 could not be sent within 500 ms (--timeout-ms) and is not written. ${reason}`,
  )
  expect(toldInProduce('DELIVERY_TIMEOUT', unknown)).toBe(
    `No receipt for t-0 within 500 ms (--timeout-ms) and 3 attempts: the record may be written. The last attempt: ${reason} To find out, read it: yak consume t --partition 0.`,
  )
  expect(toldInProduce('DELIVERY_TIMEOUT')).not.toContain('The last attempt')
  expect(toldInProduce('UNKNOWN_TOPIC', unknown)).toBe(`Refused 3 times within 500 ms (--timeout-ms): ${reason}`)
  expect(told(make('DELIVERY_ABANDONED', {}, unknown), 'yak produce')).toBe(
    `The record could not be sent and is not written: ${reason}`,
  )
})

test('a request whose answer was lost', () => {
  const lost = make('OUTCOME_UNKNOWN', { method: 'POST', path: '/topics' }, new Error('http://a broke.'))
  expect(told(lost, 'yak topics create')).toBe(
    'Whether it was done is not known: the answer was lost. http://a broke. Look with yak topics list before you ask for it again.',
  )
})
