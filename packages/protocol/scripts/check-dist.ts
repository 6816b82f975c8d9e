/**
 * Part of `check:package`: what would be published runs, in Node and with the condition that bundlers set for browsers.
 * The tests run on the sources.
 */
import assert from 'node:assert/strict'
import { checkRecordBatch, decodeRecordBatch, encodeRecordBatch } from '@yak/protocol'
import { receiptSchema } from '@yak/protocol/schemas'

assert.match(import.meta.resolve('@yak/protocol'), /\/dist\/index\.js$/)
const batch = encodeRecordBatch([{ key: 'ключ', value: 'yak '.repeat(200), timestamp: 1 }])
assert.equal(checkRecordBatch(batch).recordCount, 1)
assert.equal(new TextDecoder().decode(decodeRecordBatch(batch)[0]!.key!), 'ключ')
assert.equal(receiptSchema.safeParse({}).success, false)
