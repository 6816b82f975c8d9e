import { describe, expect, test } from 'vitest'
import { resolveClientOptions } from '../src/client-options.ts'
import { resolveProducerOptions } from '../src/producer/producer-options.ts'

describe('options', () => {
  test('addresses: each once, without a slash at the end', () => {
    const { brokers } = resolveClientOptions({ brokers: ['http://a:5001/', 'http://a:5001', 'https://b'] })
    expect(brokers).toEqual(['http://a:5001', 'https://b'])
  })

  test.each([
    [undefined],
    [{}],
    [{ brokers: [] }],
    [{ brokers: 'http://a:5001' }],
    [{ brokers: ['a:5001'] }],
    [{ brokers: ['ftp://a'] }],
    [{ brokers: ['http://'] }],
    [{ brokers: ['http://a/path'] }],
    [{ brokers: [5] }],
    [{ brokers: ['http://me:secret@a:5001'] }],
    [{ brokers: ['http://me@a:5001'] }],
    [{ brokers: ['http://a'], broker: 'x' }],
    [{ brokers: ['http://a'], requestTimeoutMs: 0 }],
    [{ brokers: ['http://a'], retryBackoffMs: 100, retryBackoffMaxMs: 50 }],
  ])('refuses %j', (options) => {
    expect(() => resolveClientOptions(options as never)).toThrow(TypeError)
  })

  test.each([
    [{ codec: 'xml' }],
    [{ compression: 'snappy' }],
    [{ lingerMs: -1 }],
    [{ lingerMs: 1_000, deliveryTimeoutMs: 1_000 }],
    [{ maxBatchBytes: 5_000_000 }],
    [{ maxInFlight: 6 }],
    [{ maxInFlight: 2, idempotent: false }],
    [{ deliveryTimeoutMs: 1.5 }],
    [{ acks: 1 }],
  ])('a producer refuses %j, and says what it takes', (options) => {
    const [name] = Object.keys(options)
    expect(() => resolveProducerOptions(options as never)).toThrow(new RegExp(name!))
  })

  test('one request at a time without idempotence', () => {
    expect(resolveProducerOptions({}).maxInFlight).toBe(5)
    expect(resolveProducerOptions({ idempotent: false }).maxInFlight).toBe(1)
    expect(() => resolveProducerOptions({ idempotent: false, maxInFlight: 5 })).toThrow(
      '`maxInFlight` is 1 without idempotence, not 5: order could be lost.',
    )
  })
})
