import { expect, test } from 'vitest'
import { topicSettings } from '../../src/arguments/topic-settings.ts'
import { UsageError } from '../../src/arguments/usage-error.ts'

test('numbers are numbers, up to the largest, and the rest is text', async () => {
  expect(await topicSettings([])).toEqual({})
  expect(await topicSettings(['retentionMs=9007199254740991', 'retentionBytes=-1', 'flush=interval'])).toEqual({
    retentionMs: 9_007_199_254_740_991,
    retentionBytes: -1,
    flush: 'interval',
  })
})

const all = 'retentionMs, retentionBytes, segmentBytes, segmentMs, flush, flushIntervalMs, minInsyncReplicas'

test.each([
  [['foo=1'], `--config names "foo". A topic has ${all}.`],
  [['retentionMs=abc'], '--config is "retentionMs=abc": give a whole number, not "abc".'],
  [['retentionMs=1.5'], '--config is "retentionMs=1.5": give a whole number, not "1.5".'],
  [['retentionMs=0'], '--config is "retentionMs=0": Give -1 for no limit, or 1 or more.'],
  [['retentionMs='], '--config is "retentionMs=": give a whole number, not "".'],
  [['flush=never'], '--config is "flush=never": give "always" or "interval".'],
  [['=5'], '--config is "=5". Give NAME=VALUE.'],
  [['flush'], '--config is "flush". Give NAME=VALUE.'],
  [['flush=always', 'flush=interval'], '--config names "flush" twice. Give each setting once.'],
])('%s', async (entries, message) => {
  const failure = topicSettings(entries)
  await expect(failure).rejects.toBeInstanceOf(UsageError)
  await expect(failure).rejects.toThrow(message)
})
