import { zstdCompressSync } from 'node:zlib'
import { crc32c, encodeRecordBatch, LIMITS } from '@yak/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { batchOf, frameContentType, postFrame, produce, produceFrame } from './frames.ts'
import { call, createTopic, endOffsets, expectProblem, type JsonAnswer } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()
let topic = ''
let topicId = ''

beforeEach(async () => {
  topic = newTopicName()
  topicId = (await createTopic(target, topic, 1)).id
})

/** Positions in a record batch. */
const at = {
  batchLength: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  maxTimestamp: 35,
  recordCount: 57,
  records: 61,
}

/** A batch with some bytes changed, and its checksum made right again so that only the change is wrong. */
function changed(batch: Uint8Array, change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(batch)
  change(bytes)
  bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes)), at.crc)
  return bytes
}

const good = (): Uint8Array => batchOf(['one', 'two', 'three'])

async function answerTo(body: Uint8Array): Promise<JsonAnswer> {
  const response = await postFrame(target, '/v1/produce', body)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}

describe('a batch that is no good is refused by itself, with nothing appended', () => {
  test.each<[string, string, () => Uint8Array]>([
    ['a wrong checksum', 'CORRUPT_BATCH', () => Buffer.from(good()).fill(0x55, at.crc, at.crc + 4)],
    [
      'a flipped bit in a record',
      'CORRUPT_BATCH',
      () => {
        const bytes = Buffer.from(good())
        bytes[70]! ^= 0x10
        return bytes
      },
    ],
    [
      'a length beyond its end',
      'INVALID_BATCH_LENGTH',
      () => changed(good(), (bytes) => bytes.writeInt32BE(10_000, at.batchLength)),
    ],
    [
      'a length short of its end',
      'INVALID_BATCH_LENGTH',
      () => changed(good(), (bytes) => bytes.writeInt32BE(60, at.batchLength)),
    ],
    [
      'a negative length',
      'INVALID_BATCH_LENGTH',
      () => changed(good(), (bytes) => bytes.writeInt32BE(-5, at.batchLength)),
    ],
    ['bytes after its end', 'INVALID_BATCH_LENGTH', () => Buffer.concat([good(), Buffer.alloc(7)])],
    ['two batches', 'INVALID_BATCH_LENGTH', () => Buffer.concat([good(), good()])],
    ['a header cut off', 'INVALID_BATCH_LENGTH', () => good().subarray(0, 40)],
    ['nothing', 'INVALID_BATCH_LENGTH', () => new Uint8Array()],
    ['another magic', 'CORRUPT_BATCH', () => changed(good(), (bytes) => bytes.writeInt8(1, at.magic))],
    [
      'more records counted than there are',
      'INVALID_RECORD_COUNT',
      () =>
        changed(good(), (bytes) => {
          bytes.writeInt32BE(1_000, at.recordCount)
          bytes.writeInt32BE(999, at.lastOffsetDelta)
        }),
    ],
    [
      'fewer records counted than there are',
      'INVALID_RECORD_COUNT',
      () =>
        changed(good(), (bytes) => {
          bytes.writeInt32BE(2, at.recordCount)
          bytes.writeInt32BE(1, at.lastOffsetDelta)
        }),
    ],
    [
      'no records',
      'INVALID_RECORD_COUNT',
      () =>
        changed(good(), (bytes) => {
          bytes.writeInt32BE(0, at.recordCount)
          bytes.writeInt32BE(-1, at.lastOffsetDelta)
        }),
    ],
    [
      'two billion records',
      'BATCH_TOO_LARGE',
      () =>
        changed(good(), (bytes) => {
          bytes.writeInt32BE(2_147_483_647, at.recordCount)
          bytes.writeInt32BE(2_147_483_646, at.lastOffsetDelta)
        }),
    ],
    [
      'a record with attributes',
      'INVALID_RECORD',
      () => changed(good(), (bytes) => bytes.writeInt8(1, at.records + 1)),
    ],
    [
      'a lying largest timestamp',
      'INVALID_RECORD',
      () => changed(good(), (bytes) => bytes.writeBigInt64BE(5n, at.maxTimestamp)),
    ],
    ['a transaction', 'INVALID_RECORD', () => changed(good(), (bytes) => bytes.writeInt16BE(0x10, at.attributes))],
    ['a control batch', 'INVALID_RECORD', () => changed(good(), (bytes) => bytes.writeInt16BE(0x20, at.attributes))],
    ['snappy', 'UNSUPPORTED_COMPRESSION', () => changed(good(), (bytes) => bytes.writeInt16BE(2, at.attributes))],
    ['lz4', 'UNSUPPORTED_COMPRESSION', () => changed(good(), (bytes) => bytes.writeInt16BE(3, at.attributes))],
    [
      'compression said and not done',
      'CORRUPT_BATCH',
      () => changed(good(), (bytes) => bytes.writeInt16BE(4, at.attributes)),
    ],
    ['a record too large', 'RECORD_TOO_LARGE', () => batchOf(['x'.repeat(target.isOwn ? 70_000 : 1_100_000)])],
    [
      'too many headers',
      'INVALID_RECORD',
      () =>
        encodeRecordBatch([
          {
            key: null,
            value: 'x',
            timestamp: 0,
            headers: Array.from({ length: 101 }, () => ({ key: 'h', value: null })),
          },
        ]),
    ],
  ])('%s', async (_name, code, batch) => {
    const results = await produce(target, [
      { topicId, partition: 0, batch: batch() },
      { topicId, partition: 0, batch: batchOf(['after it']) },
    ])
    expect(results[0]).toMatchObject({ error: code, baseOffset: -1 })
    expect(results[0]!.detail.length).toBeGreaterThan(20)
    // The other entry is taken, at the place where the refused one would have been.
    expect(results[1]).toMatchObject({ error: null, baseOffset: 0 })
    expect(await endOffsets(target, topic)).toEqual([1])
  })

  test('a compressed bomb', async () => {
    const head = good()
    const bomb = zstdCompressSync(Buffer.alloc(256 * 1_048_576))
    const batch = changed(Buffer.concat([head.subarray(0, at.records), bomb]), (bytes) => {
      bytes.writeInt32BE(bytes.length - 12, at.batchLength)
      bytes.writeInt16BE(4, at.attributes)
    })
    expect(await produce(target, [{ topicId, partition: 0, batch }])).toMatchObject([
      { error: 'DECOMPRESSED_TOO_LARGE' },
    ])
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test.each([
    ['gzip', 'that are good', 250],
    ['zstd', 'that are good', 250],
    ['zstd', 'that unpack to too much', 300],
  ] as const)('many small %s batches %s: only so much is unpacked for one request', async (compression, _, records) => {
    const batch = batchOf(Array(records).fill('x'.repeat(60_000)), { compression })
    const isGood = records * 60_000 < LIMITS.maxDecompressedBatchBytes
    const results = await produce(target, Array(40).fill({ topicId, partition: 0, batch }))
    const unpacked = Math.ceil(LIMITS.maxDecompressedRequestBytes / Math.min(records * 60_000, 16_777_216))
    const error = isGood ? null : 'DECOMPRESSED_TOO_LARGE'
    expect(results.slice(0, unpacked)).toMatchObject(Array(unpacked).fill({ error }))
    expect(results.slice(unpacked)).toMatchObject(Array(40 - unpacked).fill({ error: 'OVERLOADED', baseOffset: -1 }))
    expect(await endOffsets(target, topic)).toEqual([isGood ? unpacked * records : 0])
    // Those refused are to be sent again, and are taken then.
    expect(await produce(target, [{ topicId, partition: 0, batch }])).toMatchObject([{ error }])
  })

  test('a batch too large', async () => {
    const values = Array.from({ length: 90 }, () => 'x'.repeat(target.isOwn ? 4_000 : 60_000))
    expect(await produce(target, [{ topicId, partition: 0, batch: batchOf(values) }])).toMatchObject([
      { error: 'BATCH_TOO_LARGE' },
    ])
    expect(await endOffsets(target, topic)).toEqual([0])
  })
})

describe('a frame that does not follow its grammar is refused whole', () => {
  const frame = () => produceFrame([{ topicId, partition: 0, batch: good() }])

  test.each<[string, string, number, () => Uint8Array]>([
    ['no bytes', 'MALFORMED_FRAME', 400, () => new Uint8Array()],
    ['cut off in the middle', 'MALFORMED_FRAME', 400, () => frame().subarray(0, 50)],
    ['bytes after its end', 'MALFORMED_FRAME', 400, () => Buffer.concat([frame(), Buffer.from([0])])],
    [
      'another version',
      'UNSUPPORTED_VERSION',
      400,
      () => {
        const bytes = frame()
        bytes[0] = 9
        return bytes
      },
    ],
    [
      'unknown flags',
      'MALFORMED_FRAME',
      400,
      () => {
        const bytes = frame()
        bytes[1] = 1
        return bytes
      },
    ],
    ['no entries', 'MALFORMED_FRAME', 400, () => frame().subarray(0, 8).fill(0, 2, 4)],
    [
      'more entries said than there are',
      'MALFORMED_FRAME',
      400,
      () => {
        const bytes = frame()
        bytes.writeUInt16BE(4_000, 2)
        return bytes
      },
    ],
    [
      'a batch length beyond the frame',
      'MALFORMED_FRAME',
      400,
      () => {
        const bytes = frame()
        bytes.writeUInt32BE(0xffff_fff0, 28)
        return bytes
      },
    ],
    ['JSON', 'UNSUPPORTED_VERSION', 400, () => Buffer.from('{"topic":"x"}')],
  ])('%s', async (_name, code, status, body) => {
    expectProblem(await answerTo(body()), code, status)
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test('random bytes do no harm', async () => {
    let seed = 7
    const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) >>> 8
    for (let round = 0; round < 200; round++) {
      const bytes = frame()
      for (let change = 0; change < 3; change++) bytes[random() % bytes.length] = random()
      const response = await postFrame(target, '/v1/produce', bytes)
      expect([200, 400]).toContain(response.status)
      await response.arrayBuffer()
      const fetched = await postFrame(target, '/v1/fetch', bytes.subarray(0, random() % bytes.length))
      expect([200, 400]).toContain(fetched.status)
      await fetched.arrayBuffer()
    }
    expect((await call(target, '/health')).status).toBe(200)
  })
})

describe('JSON that is no good', () => {
  const produceText = (body: string) => call(target, '/produce', { body })

  test.each([
    ['nothing', ''],
    ['not JSON', 'hello'],
    ['cut off', '{"topic":"a","value":'],
    ['two values', '{} {}'],
    ['a trailing comma', '{"topic":"a","value":1,}'],
    ['NaN', '{"topic":"a","value":NaN}'],
    ['a single quote', "{'topic':'a'}"],
  ])('%s', async (_name, body) => {
    expectProblem(await produceText(body), body === '' ? 'INVALID_JSON' : 'INVALID_JSON', 400)
  })

  test('bytes that are not UTF-8', async () => {
    const response = await fetch(new URL('/produce', target.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    })
    expect(await response.json()).toMatchObject({ code: 'INVALID_JSON' })
  })

  test('nesting too deep', async () => {
    const depth = 200_000
    const answer = await produceText(`{"topic":"${topic}","value":${'['.repeat(depth)}${']'.repeat(depth)}}`)
    expect(['INVALID_JSON', 'RECORD_TOO_LARGE']).toContain(answer.body.code)
  })

  test.each([
    ['an array', []],
    ['a string', 'x'],
    ['null', null],
    ['no value', { topic: 'a' }],
    ['no topic', { value: 1 }],
    ['a topic that is a number', { topic: 1, value: 1 }],
    ['an unknown field', { topic: 'a', value: 1, colour: 'red' }],
    ['a key that is a number', { topic: 'a', value: 1, key: 1 }],
    ['a partition that is text', { topic: 'a', value: 1, partition: '0' }],
    ['a partition with a fraction', { topic: 'a', value: 1, partition: 0.5 }],
    ['a negative timestamp', { topic: 'a', value: 1, timestamp: -1 }],
    ['a header that is a number', { topic: 'a', value: 1, headers: { a: 1 } }],
    ['headers that are a list', { topic: 'a', value: 1, headers: [] }],
    ['no records', { topic: 'a', records: [] }],
    ['records and a value', { topic: 'a', records: [{ value: 1 }], value: 1 }],
    ['an unknown field in a record', { topic: 'a', records: [{ value: 1, colour: 'red' }] }],
    ['too many records', { topic: 'a', records: Array.from({ length: 10_001 }, () => ({ value: 1 })) }],
  ])('%s', async (_name, body) => {
    const sent =
      typeof body === 'object' && body !== null && 'topic' in body && body.topic === 'a' ? { ...body, topic } : body
    expectProblem(await produceText(JSON.stringify(sent)), 'INVALID_REQUEST', 400)
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test('the error names the field that is wrong', async () => {
    const { body } = await produceText(JSON.stringify({ topic, records: [{ value: 1 }, { value: 2, key: 3 }] }))
    expect(body.detail).toContain('records[1].key')
  })

  test('a partition out of range, alone and among others', async () => {
    for (const partition of [1, -1, 2_147_483_647]) {
      expectProblem(
        await call(target, '/produce', { body: { topic, value: 1, partition } }),
        'PARTITION_OUT_OF_RANGE',
        404,
      )
    }
  })

  test('a record too large, alone and among others', async () => {
    const large = 'x'.repeat(target.isOwn ? 70_000 : 1_100_000)
    expectProblem(await call(target, '/produce', { body: { topic, value: large } }), 'RECORD_TOO_LARGE', 413)
    const { body } = await call(target, '/produce', {
      body: { topic, records: [{ value: 1 }, { value: large }, { value: 2 }] },
    })
    expect(body.results).toMatchObject([{ offset: 0 }, { error: { code: 'RECORD_TOO_LARGE' } }, { offset: 1 }])
  })

  test('a body too large', async () => {
    const answer = await call(target, '/produce', { body: { topic, value: 'x'.repeat(20_000_000) } })
    expectProblem(answer, 'BODY_TOO_LARGE', 413)
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test('a content type that is not understood', async () => {
    const send = (contentType: string, path = '/produce') =>
      call(target, path, { body: '{"topic":"a","value":1}', headers: { 'content-type': contentType } })
    for (const contentType of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      frameContentType,
      'nonsense',
    ]) {
      expectProblem(await send(contentType), 'UNSUPPORTED_MEDIA_TYPE', 415)
    }
    expectProblem(await send('application/json', '/v1/produce'), 'UNSUPPORTED_MEDIA_TYPE', 415)
    expectProblem(await send('application/json', '/v1/fetch'), 'UNSUPPORTED_MEDIA_TYPE', 415)
  })

  test('a field named __proto__ stays a field', async () => {
    const produced = await produceText(`{"topic":"${topic}","value":{"__proto__":{"a":1}}}`)
    expect(produced.status).toBe(200)
    expect((await call(target, `/consume?topic=${topic}&partition=0`)).text).toContain('"value":{"__proto__":{"a":1}}')
    expectProblem(await produceText(`{"topic":"${topic}","value":1,"__proto__":{"key":"x"}}`), 'INVALID_REQUEST', 400)
  })
})

describe('what is refused makes no topic', () => {
  const large = 'x'.repeat(target.isOwn ? 70_000 : 1_100_000)
  const manyHeaders = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`h${index}`, 'x']))

  test.each([
    ['a record too large', '/produce', { value: large }, 'RECORD_TOO_LARGE'],
    ['too many headers', '/produce', { value: 1, headers: manyHeaders }, 'INVALID_RECORD'],
    ['a partition out of range', '/produce', { value: 1, partition: 999 }, 'PARTITION_OUT_OF_RANGE'],
    ['a partition below 0', '/produce', { value: 1, partition: -1 }, 'PARTITION_OUT_OF_RANGE'],
    ['a message too large', '/api/send', { value: large }, 'RECORD_TOO_LARGE'],
  ])('%s', async (_name, path, record, code) => {
    const topic = newTopicName()
    expect((await call(target, path, { body: { topic, ...record } })).body).toMatchObject({ code })
    expect((await call(target, `/topics/${topic}`)).body).toMatchObject({ code: 'UNKNOWN_TOPIC' })
  })

  test('of many records, none of which is any good', async () => {
    const topic = newTopicName()
    const records = [{ value: large }, { value: 1, partition: 999 }]
    expect((await call(target, '/produce', { body: { topic, records } })).body).toMatchObject({
      topic,
      results: [{ error: { code: 'RECORD_TOO_LARGE' } }, { error: { code: 'PARTITION_OUT_OF_RANGE' } }],
    })
    const rows = [{ host: large }, { cpu: 1 }]
    expect((await call(target, '/api/send_batch', { body: { topic, rows, keyField: 'host' } })).body).toMatchObject({
      sent: 0,
      failed: 2,
      errors: [{ code: 'RECORD_TOO_LARGE' }, { code: 'KEY_FIELD_NOT_FOUND' }],
    })
    expect((await call(target, `/topics/${topic}`)).body).toMatchObject({ code: 'UNKNOWN_TOPIC' })
  })

  test('one that is good among them makes it', async () => {
    const topic = newTopicName()
    const records = [{ value: large }, { value: 1 }]
    expect((await call(target, '/produce', { body: { topic, records } })).body.results).toMatchObject([
      { error: { code: 'RECORD_TOO_LARGE' } },
      { offset: 0 },
    ])
  })
})
