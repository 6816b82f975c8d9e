import { YakError } from '@yak/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FetchRequest, FetchResponse } from '../../src/replication/core/messages.ts'
import {
  decodeReplicaFetchRequest,
  decodeReplicaFetchResponse,
  encodeReplicaFetchRequest,
  encodeReplicaFetchResponse,
} from '../../src/replication/core/replica-frames.ts'

const joined = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks))

const name = fc.string({ maxLength: 40 })
const offset = fc.nat(Number.MAX_SAFE_INTEGER)
const epoch = fc.integer({ min: -1, max: 2 ** 31 - 1 })
const key = fc.oneof(
  fc.constant('__metadata-0'),
  fc.tuple(fc.uuid(), fc.nat(20_000)).map(([topicId, partition]) => `${topicId}-${partition}`),
)
const from = fc.record({ brokerId: name, diskId: name, incarnation: name })
const clusterId = fc.option(fc.string({ minLength: 1, maxLength: 40 }))

const request: fc.Arbitrary<FetchRequest> = fc.record({
  type: fc.constant('fetch-request' as const),
  from,
  clusterId,
  membersHash: name,
  requestId: offset,
  purpose: fc.constantFrom('follow' as const, 'reconcile' as const),
  epoch,
  continues: offset,
  positions: fc.array(
    fc.record({ key, endOffset: offset, lastEpoch: epoch, enteredEpoch: epoch, highWatermark: offset }),
  ),
  maxWaitMs: fc.nat(),
  maxBytes: fc.nat(),
})

const response: fc.Arbitrary<FetchResponse> = fc.record({
  type: fc.constant('fetch-response' as const),
  from,
  clusterId,
  membersHash: name,
  requestId: offset,
  epoch,
  verdict: fc.constantFrom('ok' as const, 'not-leader' as const, 'continue' as const),
  isr: fc.record({
    isr: fc.array(fc.record({ brokerId: name, diskId: name }), { maxLength: 5 }),
    isrEpoch: epoch,
    isrVersion: offset,
  }),
  isServing: fc.boolean(),
  isInSync: fc.boolean(),
  historyCuts: fc.array(fc.record({ key, epoch, offset })),
  results: fc.array(
    fc.oneof(
      fc.record({
        key,
        type: fc.constant('batches' as const),
        batches: fc.uint8Array({ maxLength: 2_000 }),
        baseOffset: offset,
        highWatermark: offset,
        logStartOffset: offset,
        endOffset: offset,
        startOffset: offset,
      }),
      fc.record({ key, type: fc.constant('diverging' as const), epoch, endOffset: offset }),
      fc.record({ key, type: fc.constant('begin-anew' as const), startOffset: offset }),
      fc.record({ key, type: fc.constantFrom('unknown' as const, 'open' as const) }),
    ),
  ),
})

test('a fetch request comes back as it was sent', () => {
  fc.assert(
    fc.property(request, (message) => {
      expect(decodeReplicaFetchRequest(joined(encodeReplicaFetchRequest(message)))).toEqual(message)
    }),
  )
})

test('a fetch response comes back as it was sent, its batches uncopied', () => {
  fc.assert(
    fc.property(response, (message) => {
      const chunks = encodeReplicaFetchResponse(message)
      for (const result of message.results) {
        if (result.type === 'batches' && result.batches.length > 0) expect(chunks).toContain(result.batches)
      }
      expect(decodeReplicaFetchResponse(joined(chunks))).toEqual(message)
    }),
  )
})

test('garbage, and a frame cut short, is refused and not believed', () => {
  fc.assert(
    fc.property(response, fc.nat(), fc.nat(255), (message, at, byte) => {
      const bytes = joined(encodeReplicaFetchResponse(message))
      expect(() => decodeReplicaFetchResponse(bytes.subarray(0, at % bytes.length))).toThrow(YakError)
      bytes[at % bytes.length] = byte
      try {
        decodeReplicaFetchResponse(bytes)
      } catch (error) {
        expect(YakError.is(error, 'MALFORMED_FRAME')).toBe(true)
      }
    }),
  )
})
