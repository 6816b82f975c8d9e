import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIMITS } from '@yak/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Broker, startBroker } from '../../src/start-broker.ts'

/** CSV files as people have them, through `/api/upload` and `/api/send_batch` over the real socket. */

let broker: Broker
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yak-upload-'))
  broker = await startBroker({ port: 0, dataDir: folder, logLevel: 'silent', minFreeDiskBytes: 0 })
})
afterAll(async () => {
  await broker.close()
  await rm(folder, { recursive: true, force: true })
})

/** With limits of its own. */
function startOwn(name: string, limits: Parameters<typeof startBroker>[0] = {}): Promise<Broker> {
  return startBroker({ port: 0, dataDir: join(folder, name), logLevel: 'silent', minFreeDiskBytes: 0, ...limits })
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a black box: what the tests expect of it is what they check
  readonly json: any
}

async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, retryAfter: response.headers.get('retry-after'), json: await response.json() }
}

async function upload(content: string | Uint8Array, name = 'metrics.csv', to = broker): Promise<Answer> {
  const form = new FormData()
  form.append('file', new Blob([Buffer.from(content as string)]), name)
  return await answerOf(await fetch(`${to.url}/api/upload`, { method: 'POST', body: form }))
}

async function sendBatch(body: object, to = broker): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return await answerOf(
    await fetch(`${to.url}/api/send_batch`, { method: 'POST', headers, body: JSON.stringify(body) }),
  )
}

/** Values of a topic with one partition, as the text that is stored. */
async function storedIn(topic: string): Promise<string[]> {
  const answer = await fetch(`${broker.url}/consume?topic=${topic}&partition=0&limit=10000`)
  const { records } = (await answer.json()) as { records: { key: string | null; value: unknown }[] }
  return records.map(({ key, value }) => `${key} ${JSON.stringify(value)}`)
}

let topicCount = 0
async function newTopic(): Promise<string> {
  const name = `upload-${++topicCount}`
  await fetch(`${broker.url}/topics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, partitions: 1 }),
  })
  return name
}

const keptFiles = () => readdir(join(folder, 'uploads'))
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const columns = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)

describe('is refused with what to do, and no file stays', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'metrics.csv is empty. Its first line must name the columns.'],
    ['blank lines alone', '\n\r\n\n', 'metrics.csv is empty. Its first line must name the columns.'],
    ['a byte order mark alone', '\ufeff', 'metrics.csv is empty. Its first line must name the columns.'],
    [
      'a header alone',
      'host,value\n',
      'metrics.csv has a first line, which names the columns, and no row below it. Add the rows and upload it again.',
    ],
    [
      'Latin-1 in the header',
      latin1('host,größe\nweb,1\n'),
      'metrics.csv cannot be read: in line 1, it has the byte 0xF6, which is not UTF-8; save the file as UTF-8 and upload it again.',
    ],
    [
      'UTF-16 without a byte order mark',
      utf16('host,value\nweb,1\n'),
      'metrics.csv has zero bytes in its header, as UTF-16 without a byte order mark has; save the file as UTF-8 and upload it again.',
    ],
    [
      'UTF-16 cut in the middle of a character',
      Buffer.concat([utf16('\ufeffhost,value\nweb,1\n'), Buffer.of(0x31)]),
      'The input has bytes that are not utf-16le, which its byte order mark announces; save the file as UTF-8 and upload it again.',
    ],
    [
      'a column named twice',
      'host,value,host\nweb,1,db\n',
      'metrics.csv names the column "host" twice. Give each column a name of its own.',
    ],
    [
      'columns beyond the limit',
      `${columns(2_001).join()}\n`,
      'metrics.csv has 2001 columns, and 2000 are allowed. Send fewer, or several files.',
    ],
  ])('%s', async (_name, content, detail) => {
    const before = await keptFiles()
    expect(await upload(content)).toMatchObject({
      status: 400,
      json: { code: 'INVALID_CSV', retriable: false, outcome: 'not-written', detail },
    })
    expect(await keptFiles()).toEqual(before)
  })
})

describe('is taken as it is', () => {
  test.each([
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffhost,größe\nweb,1.0\n')],
    ['UTF-16 with a byte order mark', utf16('\ufeffhost,größe\nweb,1.0\n')],
    ['UTF-16 of the other byte order', utf16('\ufeffhost,größe\nweb,1.0\n').swap16()],
  ])('%s', async (_name, content) => {
    const topic = await newTopic()
    const { json } = await upload(content)
    expect(json).toMatchObject({ columns: ['host', 'größe'], rowCount: 1, badRowCount: 0, errors: [], warnings: [] })
    expect(json.preview).toEqual([{ host: 'web', größe: '1.0' }])
    expect((await sendBatch({ topic, uploadId: json.uploadId, keyField: 'host' })).json).toMatchObject({ sent: 1 })
    expect(await storedIn(topic)).toEqual(['web {"host":"web","größe":"1.0"}'])
  })

  test('300 columns, in their order', async () => {
    const topic = await newTopic()
    const names = columns(300)
    const { json } = await upload(`${names.join()}\n${names.map((name) => `of ${name}`).join()}\n`)
    expect(json).toMatchObject({ columns: names, rowCount: 1 })
    await sendBatch({ topic, uploadId: json.uploadId })
    expect(await storedIn(topic)).toEqual([
      `null ${JSON.stringify(Object.fromEntries(names.map((name) => [name, `of ${name}`])))}`,
    ])
  })

  test('names that objects have, and numbers as names', async () => {
    const topic = await newTopic()
    const { json } = await upload('b,2024,__proto__,constructor,2023\n1,2,3,4,5\n')
    expect(json.columns).toEqual(['b', '2024', '__proto__', 'constructor', '2023'])
    expect(Object.entries(json.preview[0]).sort()).toEqual([
      ['2023', '5'],
      ['2024', '2'],
      ['__proto__', '3'],
      ['b', '1'],
      ['constructor', '4'],
    ])
    await sendBatch({ topic, uploadId: json.uploadId })
    const answer = await fetch(`${broker.url}/consume?topic=${topic}&partition=0`)
    expect(await answer.text()).toContain('"value":{"b":"1","2024":"2","__proto__":"3","constructor":"4","2023":"5"}')
  })
})

describe('is taken with a word about it', () => {
  test.each([
    [
      'no header',
      '1700000000,web-1,0.5\n1700000001,web-2,0.7\n',
      '"1700000000" looks like data. If the file has no header',
    ],
    [
      'a date first',
      '2026-01-31T10:00:00Z,web-1\n2026-01-31T10:00:01Z,web-1\n',
      '"2026-01-31T10:00:00Z" looks like data',
    ],
    ['a column without a name', 'host,,value\na,b,c\n', 'A column has no name in the first line.'],
    ['another delimiter', 'host;value\nweb-1;0.5\n', 'is the delimiter another one?'],
  ])('%s', async (_name, content, warning) => {
    const { status, json } = await upload(content)
    expect(status).toBe(200)
    expect(json.warnings).toEqual([expect.stringContaining(warning)])
  })

  test('rows that cannot be sent: which they are, by row and line, before and after the others are sent', async () => {
    const topic = await newTopic()
    const text = 'host,note\nweb-1,a\nweb-2\nweb-3,b,c\nmünchen,d\n"web-4"x,e\nweb-5,f\n,g\nweb-6,"two\nlines"\n'
    const { json } = await upload(latin1(text))
    const bad = [
      '2 CSV_ROW_INVALID Line 3: it has 1 field, the header names 2.',
      '3 CSV_ROW_INVALID Line 4: it has 3 fields, the header names 2.',
      '4 CSV_ROW_INVALID Line 5: it has the byte 0xFC, which is not UTF-8; save the file as UTF-8 and upload it again.',
      '5 CSV_ROW_INVALID Line 6: text stands behind the closing quote of a field; a quote inside a quoted field is written twice.',
    ]
    const lines = (errors: { row: number; code: string; detail: string }[]) =>
      errors.map(({ row, code, detail }) => `${row} ${code} ${detail}`)
    expect(json).toMatchObject({ rowCount: 4, badRowCount: 4 })
    expect(lines(json.errors)).toEqual(bad)

    const sent = await sendBatch({ topic, uploadId: json.uploadId, keyField: 'host' })
    expect(sent.json).toMatchObject({ sent: 3, failed: 5, unknown: 0 })
    expect(lines(sent.json.errors)).toEqual([...bad, '7 KEY_FIELD_NOT_FOUND Line 8: its key field "host" is empty.'])
    expect(await storedIn(topic)).toEqual([
      'web-1 {"host":"web-1","note":"a"}',
      'web-5 {"host":"web-5","note":"f"}',
      'web-6 {"host":"web-6","note":"two\\nlines"}',
    ])
  })

  test('of many bad rows the first are told, and all are counted', async () => {
    const { json } = await upload(`a,b\n${'x\n'.repeat(50)}1,2\n`)
    expect(json).toMatchObject({ rowCount: 1, badRowCount: 50 })
    expect(json.errors.map(({ row }: { row: number }) => row)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})

describe('a form', () => {
  const file = 'content-disposition: form-data; name="file"; filename="x.csv"'
  const rows = 'a,b\r\n1,2'

  async function send(parts: readonly (readonly [string, string])[], boundary = 'b'): Promise<Answer> {
    const text = parts.map(([head, body]) => `--${boundary}\r\n${head}\r\n\r\n${body}\r\n`).join('')
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    const body = `${text}--${boundary}--\r\n`
    return await answerOf(await fetch(`${broker.url}/api/upload`, { method: 'POST', headers, body }))
  }

  test.each<[string, (readonly [string, string])[], string, string | undefined]>([
    [
      'of two files',
      [
        [file, rows],
        [file, 'c,d\r\n3,4'],
      ],
      'more than one file',
      undefined,
    ],
    [
      'of a file and another under another name',
      [
        [file, rows],
        [file.replace('"file"', '"other"'), rows],
      ],
      'more than one file',
      undefined,
    ],
    ['with the rows as text', [['content-disposition: form-data; name="file"', rows]], 'has no file name', undefined],
    [
      'with many fields',
      [
        ...Array.from({ length: 20 }, (_, n) => [`content-disposition: form-data; name="f${n}"`, 'x'] as const),
        [file, rows],
      ],
      'too many fields',
      undefined,
    ],
    [
      'with a field that objects have',
      [[file.replace('"file"', '"__proto__"'), rows]],
      'a name that is not possible',
      undefined,
    ],
    ['with an endless boundary', [[file, rows]], 'boundary of the form is too long', 'b'.repeat(300)],
  ])('%s is refused, and nothing of it is kept', async (_name, parts, detail, boundary) => {
    const before = await keptFiles()
    const answer = await send(parts, boundary)
    expect(answer).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST', retriable: false } })
    expect(answer.json.detail).toContain(detail)
    expect(await keptFiles()).toEqual(before)
  })

  test('with a field besides, before or behind, is taken', async () => {
    const field = ['content-disposition: form-data; name="topic"', 't'] as const
    expect(await send([field, [file, rows], field])).toMatchObject({ status: 200, json: { columns: ['a', 'b'] } })
  })

  test('with an endless file name gets an answer that ends', async () => {
    const { json } = await send([[file.replace('x.csv', `${'n'.repeat(5_000)}.csv`), '']])
    expect(json.detail).toMatch(/^n{96}\.csv is empty\./)
  })
})

test('a key field that no row has is refused before anything is sent, and the upload can be sent again', async () => {
  const topic = await newTopic()
  const { json } = await upload('host,value\nweb-1,1\n')
  expect(await sendBatch({ topic, uploadId: json.uploadId, keyField: 'server' })).toMatchObject({
    status: 400,
    json: { code: 'KEY_FIELD_NOT_FOUND', detail: expect.stringContaining('Its columns: host, value.') },
  })
  expect(await storedIn(topic)).toEqual([])
  expect((await sendBatch({ topic, uploadId: json.uploadId, keyField: 'host' })).json).toMatchObject({ sent: 1 })
})

test('as many files as a broker keeps, and one more, until one of them is sent', async () => {
  await using own = await startOwn('own')
  const send = () => upload('a\n1\n', 'a.csv', own)
  const kept = await Promise.all(Array.from({ length: LIMITS.maxUploads }, send))
  expect(kept.map(({ status }) => status)).toEqual(Array(LIMITS.maxUploads).fill(200))
  const refused = await send()
  expect(refused).toMatchObject({ status: 429, json: { code: 'UPLOAD_LIMIT_REACHED', retriable: true } })
  expect(refused.retryAfter).not.toBeNull()
  expect((await sendBatch({ uploadId: kept[0]!.json.uploadId, topic: 'a' }, own)).status).toBe(200)
})

test('rows so large that a log would not take them all at once are sent, one part after another', async () => {
  await using own = await startOwn('large', { maxInFlightBytes: 16_777_216 })
  const rows = 80
  const { json } = await upload(`a\n${`${'x'.repeat(500_000)}\n`.repeat(rows)}`, 'large.csv', own)
  expect(json.rowCount).toBe(rows)
  expect(json.preview).toHaveLength(1)
  const sent = await sendBatch({ uploadId: json.uploadId, topic: 'large' }, own)
  expect(sent.json).toEqual({ sent: rows, failed: 0, unknown: 0, errors: [] })
})
