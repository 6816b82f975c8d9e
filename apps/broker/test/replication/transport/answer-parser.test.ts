import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AnswerParser } from '../../../src/replication/transport/answer-parser.ts'

interface Told {
  readonly status: number
  readonly answeredBy: string
  readonly contentType: string
  readonly body: string
  readonly isLast: boolean
}

/** What is told of these bytes, cut into pieces of these sizes that all lie in one buffer, as a socket gives them. */
function told(bytes: Buffer, sizes: readonly number[], maxBodyBytes = 1_000_000): (Told | string)[] {
  const all: (Told | string)[] = []
  const parser = new AnswerParser({
    maxBodyBytes: () => maxBodyBytes,
    onAnswer: ({ body, ...head }) => all.push({ ...head, body: body.toString('latin1') }),
    onMalformed: (reason) => {
      all.push(reason)
      parser.stop()
    },
  })
  const buffer = Buffer.alloc(bytes.length)
  let position = 0
  for (let index = 0; position < bytes.length; index++) {
    const sizeBytes = Math.min(sizes[index % sizes.length]!, bytes.length - position)
    bytes.copy(buffer, 0, position, position + sizeBytes)
    parser.take(buffer.subarray(0, sizeBytes))
    position += sizeBytes
  }
  return all
}

const answer = fc.record({
  status: fc.constantFrom(200, 204, 400, 503),
  contentType: fc.constantFrom('application/json', 'application/vnd.yak.replica.v1', ''),
  answeredBy: fc.constantFrom('', '2', 'broker-b'),
  body: fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 50 }), fc.constant('\r\n\r\nHTTP/1.1 200 OK\r\n')),
  isLast: fc.constant(false),
})

function bytesOf(answers: readonly Told[]): { readonly bytes: Buffer; readonly expected: Told[] } {
  const expected = answers.map((each) => (each.status === 204 ? { ...each, body: '' } : each))
  const texts = expected.map(
    ({ status, contentType, answeredBy, body }) =>
      `HTTP/1.1 ${status} Text\r\nContent-Type: ${contentType}\r\nYAK-Broker-Id:${answeredBy} \r\n` +
      `${status === 204 ? '' : `content-length: ${body.length}\r\n`}Date: today\r\n\r\n${body}`,
  )
  return { bytes: Buffer.from(texts.join(''), 'latin1'), expected }
}

test('answers come out as they went in, wherever the bytes are cut', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 6 }), sizes, (answers, sizes) => {
      const { bytes, expected } = bytesOf(answers)
      expect(told(bytes, sizes)).toEqual(expected)
    }),
  )
})

test('a byte at a time is as good as all at once', () => {
  const [answers] = fc.sample(fc.array(answer, { minLength: 3, maxLength: 3 }), 1)
  const { bytes, expected } = bytesOf(answers!)
  expect(told(bytes, [1])).toEqual(expected)
  expect(told(bytes, [bytes.length])).toEqual(expected)
})

test('what is no HTTP is told with its beginning, and garbage never throws', () => {
  expect(told(Buffer.from('-ERR unknown command\r\n'), [100])).toEqual([
    'its answer begins with "-ERR unknown command\\r\\n"',
  ])
  expect(told(Buffer.from('HTTP/1.1 abc\r\n\r\n'), [100])).toEqual(['its answer begins with "HTTP/1.1 abc"'])
  expect(told(Buffer.from(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(5_000)}`), [1_000])).toHaveLength(1)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (garbage, size) => {
      told(Buffer.from(garbage), [size])
      told(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), garbage]), [size])
    }),
  )
})

test('a body larger than may come is not waited for', () => {
  const head = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n')
  expect(told(head, [100], 1_000)).toEqual(['it answers with 1001 bytes'])
})

test('an interim answer is passed over, and the end of the connection is heard', () => {
  const bytes = Buffer.from(
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nyak-broker-id: 2\r\nconnection: close\r\n\r\n',
  )
  expect(told(bytes, [7])).toMatchObject([{ status: 204, answeredBy: '2', isLast: true }])
})

test('a body of unknown length is the end of a stranger, and a refusal from a broker', () => {
  const chunked = (header: string): Buffer =>
    Buffer.from(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n${header}\r\n3\r\nabc\r\n0\r\n\r\n`)
  expect(told(chunked(''), [1_000])[0]).toMatchObject({ status: 200, answeredBy: '', isLast: true, body: '' })
  expect(told(chunked('yak-broker-id: 2\r\n'), [1_000])).toEqual([expect.stringContaining('proxy')])
})
