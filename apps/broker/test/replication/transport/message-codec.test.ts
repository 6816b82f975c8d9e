import { YakError } from '@yak/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/replication/core/messages.ts'
import {
  decodeOneWayMessage,
  decodePromiseAnswer,
  decodePromiseRequest,
  decodeRefused,
  encodeJsonMessage,
  type JsonMessage,
} from '../../../src/replication/transport/message-codec.ts'

const name = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
const offset = fc.nat(Number.MAX_SAFE_INTEGER)
const epoch = fc.nat(2 ** 31 - 1)
const key = fc.oneof(
  fc.constant('__metadata-0'),
  fc.tuple(fc.uuid(), fc.nat(20_000)).map(([topicId, partition]) => `${topicId}-${partition}`),
)
const replicas = fc.array(fc.record({ brokerId: name, diskId: name }), { maxLength: 5 })
const envelope = {
  from: fc.record({ brokerId: name, diskId: name, incarnation: name }),
  clusterId: fc.option(name),
  membersHash: name,
}

/** Every message between brokers that is not binary. */
const arbitraries: { readonly [Type in JsonMessage['type']]: fc.Arbitrary<Extract<Message, { type: Type }>> } = {
  'promise-request': fc.record({
    type: fc.constant('promise-request'),
    ...envelope,
    requestId: offset,
    epoch,
    founders: replicas,
  }),
  'promise-response': fc.record({
    type: fc.constant('promise-response'),
    ...envelope,
    requestId: offset,
    verdict: fc.constantFrom('promised', 'empty', 'higher'),
    promisedEpoch: epoch,
    isr: fc.option(fc.record({ isr: replicas, isrEpoch: epoch, isrVersion: offset })),
    partitions: fc.array(
      fc.record({
        key,
        enteredEpoch: epoch,
        logStartOffset: offset,
        endOffset: offset,
        highWatermark: offset,
        isFaulty: fc.boolean(),
      }),
    ),
    historyCuts: fc.array(fc.record({ key, epoch, offset })),
    votesNeeded: fc.integer({ min: 1, max: 64 }),
    isLeaving: fc.boolean(),
  }),
  announce: fc.record({
    type: fc.constant('announce'),
    ...envelope,
    epoch,
    isServing: fc.boolean(),
    founders: replicas,
  }),
  'higher-promise': fc.record({ type: fc.constant('higher-promise'), ...envelope, epoch }),
  leaving: fc.record({ type: fc.constant('leaving'), ...envelope, epoch }),
  left: fc.record({ type: fc.constant('left'), ...envelope, epoch }),
  'take-over': fc.record({ type: fc.constant('take-over'), ...envelope, epoch }),
  refused: fc.record({
    type: fc.constant('refused'),
    ...envelope,
    requestId: fc.option(offset),
    code: fc.constantFrom('members', 'cluster', 'broker-id', 'unknown-broker'),
    reason: fc.string({ unit: 'grapheme' }),
  }),
}

const decoders: { readonly [Type in JsonMessage['type']]: readonly ((bytes: Uint8Array) => Message)[] } = {
  'promise-request': [decodePromiseRequest],
  'promise-response': [decodePromiseAnswer],
  announce: [decodeOneWayMessage],
  'higher-promise': [decodeOneWayMessage],
  leaving: [decodeOneWayMessage],
  left: [decodeOneWayMessage],
  'take-over': [decodeOneWayMessage],
  refused: [decodeOneWayMessage, decodePromiseAnswer, decodeRefused],
}

const types = Object.keys(decoders) as JsonMessage['type'][]

describe.each(types)('%s', (type) => {
  const arbitrary: fc.Arbitrary<JsonMessage> = arbitraries[type]

  test('comes back as it was sent', () => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        for (const decode of decoders[type]) expect(decode(encodeJsonMessage(message))).toEqual(message)
      }),
    )
  })

  test('is refused with a field too few, a field too many, or cut short', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), (message, at) => {
        const fields = Object.entries(message)
        const fewer = Object.fromEntries(fields.filter((_, index) => index !== at % fields.length))
        const bytes = encodeJsonMessage(message)
        const wrong = [
          Buffer.from(JSON.stringify(fewer)),
          Buffer.from(JSON.stringify({ ...message, more: 1 })),
          bytes.subarray(0, at % bytes.length),
        ]
        for (const decode of decoders[type]) for (const each of wrong) expect(() => decode(each)).toThrow(YakError)
      }),
    )
  })

  test('is taken only where it belongs', () => {
    const bytes = encodeJsonMessage(fc.sample(arbitrary, 1)[0]!)
    const all = [decodePromiseRequest, decodePromiseAnswer, decodeOneWayMessage, decodeRefused]
    for (const decode of all.filter((each) => !decoders[type].includes(each))) {
      expect(() => decode(bytes)).toThrow(YakError)
    }
  })
})

test('numbers, keys and lists beyond their limits are refused by name', () => {
  const [sound] = fc.sample(arbitraries['promise-response'], 1)
  const partition = {
    key: '__metadata-0',
    enteredEpoch: 0,
    logStartOffset: 0,
    endOffset: 0,
    highWatermark: 0,
    isFaulty: false,
  }
  const decode = (change: object): Message =>
    decodePromiseAnswer(Buffer.from(JSON.stringify({ ...sound, partitions: [partition], ...change })))
  expect(decode({}).type).toBe('promise-response')
  expect(() => decode({ requestId: -1 })).toThrow(/requestId/)
  expect(() => decode({ requestId: 2 ** 53 })).toThrow(/requestId/)
  expect(() => decode({ requestId: 1.5 })).toThrow(/requestId/)
  expect(() => decode({ promisedEpoch: 2 ** 31 })).toThrow(/promisedEpoch/)
  expect(() => decode({ membersHash: 'x'.repeat(256) })).toThrow(/membersHash/)
  expect(() => decode({ partitions: [{ ...partition, key: '../../etc-0' }] })).toThrow(/key/)
  expect(() => decode({ partitions: Array(20_002).fill(partition) })).toThrow(/partitions/)
})

test('bytes that are no UTF-8 are refused', () => {
  expect(() => decodeOneWayMessage(Buffer.from([0x22, 0xff, 0x22]))).toThrow(YakError)
})
