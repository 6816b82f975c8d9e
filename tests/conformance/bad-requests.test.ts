import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { frameContentType } from './frames.ts'
import { call, createTopic, endOffsets, expectDocumented, expectProblem } from './http-json.ts'
import { type RawAnswer, RawConnection, rawRequest } from './raw-connection.ts'
import { newTopicName, useTarget } from './target.ts'

/** What no client of good will sends: each answered with its code and what to do, nothing appended, the broker alive. */

const target = useTarget()
let topic = ''

beforeEach(async () => {
  topic = newTopicName()
  await createTopic(target, topic, 1)
})

async function answersTo(bytes: Uint8Array | string, count = 1): Promise<(RawAnswer | undefined)[]> {
  const connection = await RawConnection.open(target)
  connection.write(bytes)
  const answers = []
  while (answers.length < count) answers.push(await connection.answer())
  connection.destroy()
  return answers
}

function problemOf(answer: RawAnswer | undefined): { code: string; detail: string; retriable: boolean } {
  expect(answer?.headers['content-type']).toContain('application/problem+json')
  return JSON.parse(answer!.body.toString())
}

const health = rawRequest('GET', '/health', {})

describe('methods', () => {
  test.each(['QUERY', 'PROPFIND', 'TRACE', 'LINK'])(
    '%s is told what the path takes, and the connection goes on',
    async (method) => {
      const [refused, unknown, next] = await answersTo(
        Buffer.concat([rawRequest(method, '/topics', {}), rawRequest(method, '/nothing', {}), health]),
        3,
      )
      expect(refused).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST' } })
      expect(problemOf(refused)).toMatchObject({ code: 'METHOD_NOT_ALLOWED', retriable: false })
      expect(problemOf(unknown).code).toBe('NOT_FOUND')
      expect(next?.status).toBe(200)
    },
  )

  test('CONNECT gets an answer too, and it is the last one', async () => {
    const connection = await RawConnection.open(target)
    connection.write('CONNECT broker:443 HTTP/1.1\r\nhost: broker:443\r\n\r\n')
    const answer = await connection.answer()
    expect(answer?.status).toBe(405)
    expect(problemOf(answer).code).toBe('METHOD_NOT_ALLOWED')
    await connection.ended()
  })

  test('a request without Host', async () => {
    const [answer] = await answersTo('GET /topics HTTP/1.1\r\n\r\n')
    expect(answer?.status).toBe(400)
    expect(problemOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', detail: expect.stringContaining('Host') })
    const [old] = await answersTo('GET /health HTTP/1.0\r\n\r\n')
    expect(old?.status).toBe(200)
  })

  test('a request with more than one Host', async () => {
    const two = 'GET /topics HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n'
    const [refused, next] = await answersTo(Buffer.concat([Buffer.from(two), health]), 2)
    expect(refused?.status).toBe(400)
    expect(problemOf(refused)).toMatchObject({ code: 'INVALID_REQUEST', detail: expect.stringContaining('2 Host') })
    expect(next?.status).toBe(200)
  })

  test.each(['/console', '/console/', '/console/topics', '/console/assets/none.js'])(
    'POST, PUT and OPTIONS of %s',
    async (path) => {
      for (const method of ['POST', 'PUT', 'OPTIONS']) {
        const [refused] = await answersTo(rawRequest(method, path, {}))
        expect(refused, method).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
        expect(problemOf(refused).code, method).toBe('METHOD_NOT_ALLOWED')
      }
    },
  )

  test('whatever a body holds, a path that nobody has is what is wrong', async () => {
    const answer = await call(target, '/nothing', { body: '{"a":' })
    expectProblem(answer, 'NOT_FOUND', 404)
  })
})

test('an expectation that nobody knows is refused with what to do, and the connection goes on', async () => {
  const head = { 'content-type': 'application/json', 'content-length': 2, expect: '200-maybe' }
  const [refused, next] = await answersTo(Buffer.concat([rawRequest('POST', '/produce', head, '{}'), health]), 2)
  expect(problemOf(refused)).toMatchObject({ code: 'INVALID_REQUEST', status: 400 })
  expect(next?.status).toBe(200)
})

test.each([
  ['POST', '/nothing', 404],
  ['POST', '/health', 405],
])('a client that asks first whether it may send to %s %s is answered %i, and no 100', async (method, path, status) => {
  const head = { 'content-type': 'application/json', 'content-length': 2_000, expect: '100-continue' }
  const connection = await RawConnection.open(target)
  connection.write(rawRequest(method, path, head))
  expect((await connection.answer())?.status).toBe(status)
  // Whether the body comes all the same is not known.
  await connection.ended()
})

test('HTTP/1.0 has no interim answer', async () => {
  const body = JSON.stringify({ topic, value: 1 })
  const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\nexpect: 100-continue`
  const [answer] = await answersTo(`POST /produce HTTP/1.0\r\n${head}\r\n\r\n${body}`)
  expect(answer?.status).toBe(200)
})

test.each([
  ['/produce', 'text/plain', 'application/json'],
  ['/produce', frameContentType, 'application/json'],
  ['/v1/produce', 'application/x-www-form-urlencoded', frameContentType],
  ['/v1/fetch', 'application/json', frameContentType],
  ['/api/upload', 'text/csv', 'multipart/form-data'],
  ['/api/upload', 'multipart/mixed; boundary=b', 'multipart/form-data'],
  ['/api/upload', 'application/json', 'multipart/form-data'],
])('%s with %s is told to send %s', async (path, type, expected) => {
  const answer = await call(target, path, { body: '{}', headers: { 'content-type': type } })
  expectProblem(answer, 'UNSUPPORTED_MEDIA_TYPE', 415)
  expect(answer.body.detail).toContain(`Send content-type: ${expected}`)
})

describe('the charset of JSON', () => {
  test.each([
    ['/produce', 'latin1'],
    ['/topics', '"UTF-16"'],
    ['/api/send', 'windows-1252'],
    ['/api/subscribe', 'iso-8859-1'],
    ['/v1/offsets', 'utf-7'],
  ])('%s refuses %s, and nothing is appended', async (path, charset) => {
    const headers = { 'content-type': `application/json; charset=${charset}` }
    const answer = await call(target, path, { body: { topic, name: topic, value: 'ä' }, headers })
    expectProblem(answer, 'UNSUPPORTED_MEDIA_TYPE', 415)
    expect(answer.body.detail).toContain(`the charset ${charset.replaceAll('"', '')}, and JSON is UTF-8`)
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test.each(['utf-8', 'UTF-8', '"utf8"'])('may be %s', async (charset) => {
    const headers = { 'content-type': `application/json;charset=${charset}` }
    expect((await call(target, '/produce', { body: { topic, value: 'ä' }, headers })).status).toBe(200)
  })
})

test.each([
  ['/produce', (name: string) => `{"topic":"${name}","value":1,"value":2}`, 'value'],
  ['/produce', (name: string) => `{"topic":"${name}","records":[{"value":1},{"value":{"a":1.0,"a":2}}]}`, 'a'],
  ['/api/send', (name: string) => `{"topic":"none","topic":"${name}","value":1}`, 'topic'],
])('%s: a field that an object has twice is named, and nothing is appended', async (path, body, field) => {
  const answer = await call(target, path, { body: body(topic) })
  expectProblem(answer, 'INVALID_REQUEST', 400)
  expect(answer.body.detail).toContain(`the field "${field}" twice`)
  expect(await endOffsets(target, topic)).toEqual([0])
})

test.each([
  [{ value: 1, kay: 'a' }, 'kay'],
  [{ value: 1, partition: 0 }, 'partition'],
])('/api/send refuses a field that it does not have: %j', async (fields, field) => {
  const answer = await call(target, '/api/send', { body: { topic, ...fields } })
  expectProblem(answer, 'INVALID_REQUEST', 400)
  expect(answer.body.detail).toContain(`unknown field "${field}"`)
  expect(await endOffsets(target, topic)).toEqual([0])
})

describe('a body where a path takes none', () => {
  test('is refused when it has a field, and nothing is done', async () => {
    const deleted = await call(target, `/topics/${topic}`, { method: 'DELETE', body: { onlyIfEmpty: true } })
    expectProblem(deleted, 'INVALID_REQUEST', 400)
    expect(deleted.body.detail).toContain('unknown field "onlyIfEmpty"')
    expect(await endOffsets(target, topic)).toEqual([0])
    const answer = await call(target, '/v1/producer-ids', { body: { count: 5 } })
    expectProblem(answer, 'INVALID_REQUEST', 400)
    expectProblem(await call(target, '/v1/producer-ids', { body: [] }), 'INVALID_REQUEST', 400)
  })

  test.each(['{}', 'null'])('may be %s', async (body) => {
    expect((await call(target, '/v1/producer-ids', { body })).status).toBe(200)
    expect((await call(target, `/topics/${topic}`, { method: 'DELETE', body })).status).toBe(200)
  })
})

test.each([
  [{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': 1 }],
  [{ 'sec-websocket-key': 'short', 'sec-websocket-version': 13 }],
  [{ 'sec-websocket-version': 13 }],
])('an upgrade that is none is told what is wrong: %j', async (headers) => {
  const upgrade = rawRequest('GET', '/v1/live', { connection: 'upgrade', upgrade: 'websocket', ...headers })
  const [refused] = await answersTo(upgrade, 1)
  expect(refused?.headers['content-type']).toBe('application/problem+json')
  expect(problemOf(refused)).toMatchObject({ code: 'INVALID_REQUEST', status: 400 })
})

describe('a body with a content encoding', () => {
  const bomb = gzipSync(Buffer.concat([Buffer.from('{"topic":"t","value":"'), Buffer.alloc(50_000_000, 0x61)]))
  test.each([
    ['/produce', 'application/json', 'gzip'],
    ['/produce', 'application/json', 'br'],
    ['/topics', 'application/json', 'GZIP'],
    ['/v1/produce', frameContentType, 'gzip'],
    ['/api/send', 'application/json', 'deflate'],
    ['/api/upload', 'multipart/form-data; boundary=b', 'gzip'],
  ])('%s %s %s is not unpacked', async (path, type, encoding) => {
    const response = await fetch(new URL(path, target.url), {
      method: 'POST',
      headers: { 'content-type': type, 'content-encoding': encoding },
      body: new Uint8Array(bomb),
    })
    expect(response.status).toBe(415)
    const text = await response.text()
    await expectDocumented(target, path, 'POST', response, text)
    const problem = JSON.parse(text) as { code: string; detail: string }
    expect(problem.code).toBe('UNSUPPORTED_MEDIA_TYPE')
    expect(problem.detail).toContain(`the content encoding ${encoding}, and none is understood here`)
  })

  test('nor what a transfer encoding besides chunked packs', async () => {
    const head = { 'content-type': 'application/json', 'transfer-encoding': 'gzip, chunked' }
    const [refused, next] = await answersTo(
      Buffer.concat([rawRequest('POST', '/produce', head, '2\r\n{}\r\n0\r\n\r\n'), health]),
      2,
    )
    expect(problemOf(refused)).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 })
    expect(next?.status).toBe(200)
  })

  test('identity is none', async () => {
    const headers = { 'content-encoding': 'identity' }
    expect((await call(target, '/produce', { body: { topic, value: 1 }, headers })).status).toBe(200)
  })
})

describe('what would be stored as something else', () => {
  test.each([
    ['a key', String.raw`"value":1,"key":"a\ud800"`],
    ['a header', String.raw`"value":1,"headers":{"a":"\udfff"}`],
    ['one of the values of a header', String.raw`"value":1,"headers":{"a":["b","\udfff"]}`],
    ["a header's name", String.raw`"value":1,"headers":{"\ud800":"a"}`],
    ['the key of one record of many', String.raw`"records":[{"value":1},{"value":1,"key":"\ud800"}]`],
  ])('%s with half of a surrogate pair', async (_name, fields) => {
    const answer = await call(target, '/produce', { body: `{"topic":"${topic}",${fields}}` })
    expectProblem(answer, 'INVALID_REQUEST', 400)
    expect(answer.body.detail).toContain('half of a surrogate pair')
    expect(await endOffsets(target, topic)).toEqual([0])
  })

  test('a key field of rows with half of a surrogate pair: that row is not sent', async () => {
    const body = String.raw`{"topic":"${topic}","keyField":"k","rows":[{"k":"a"},{"k":"\ud800"}]}`
    const answer = await call(target, '/api/send_batch', { body })
    expect(answer.body).toMatchObject({ sent: 1, failed: 1, errors: [{ row: 2, code: 'INVALID_RECORD' }] })
    expect(await endOffsets(target, topic)).toEqual([1])
  })

  test('a row with a field __proto__ keeps it, and it may be the key', async () => {
    const body = `{"topic":"${topic}","keyField":"__proto__","rows":[{"__proto__":"x","a":1.0}]}`
    expect((await call(target, '/api/send_batch', { body })).body).toMatchObject({ sent: 1 })
    expect((await call(target, `/consume?topic=${topic}&partition=0`)).text).toContain(
      '"key":"x","value":{"__proto__":"x","a":1.0}',
    )
  })

  test('in a value it stays the escape that was sent', async () => {
    const body = String.raw`{"topic":"${topic}","value":"\ud800"}`
    expect((await call(target, '/produce', { body })).status).toBe(200)
    expect((await call(target, `/consume?topic=${topic}&partition=0`)).text).toContain(String.raw`"value":"\ud800"`)
  })
})

test('an answer does not grow with what was sent', async () => {
  const records = Array.from({ length: 10_000 }, () => ({ value: 1, x: 1 }))
  for (const body of [
    { topic, records },
    { topic, value: 1, ['q'.repeat(900_000)]: 1 },
  ]) {
    const answer = await call(target, '/produce', { body })
    expectProblem(answer, 'INVALID_REQUEST', 400)
    expect(answer.text.length).toBeLessThan(12_000)
  }
  expect(await endOffsets(target, topic)).toEqual([0])
})

describe('a field of a query that a path does not know', () => {
  test.each(['GET', 'HEAD', 'DELETE'])('is refused by every path that takes %s', async (method) => {
    const { paths } = (await call(target, '/openapi.json')).body as { paths: Record<string, object> }
    const described = (method === 'HEAD' ? 'GET' : method).toLowerCase()
    const own = Object.keys(paths).filter((path) => described in paths[path]! && !['/', '/leader'].includes(path))
    expect(own.length).toBeGreaterThan(1)
    // HEAD does not go with an upgrade.
    for (const path of own.filter((path) => method !== 'HEAD' || path !== '/v1/live')) {
      const asked = `${path.replace('{topic}', topic).replace(/{.*}/, 'none')}?nope=1`
      const response = await fetch(new URL(asked, target.url), { method })
      expect(response.status, `${method} ${path}`).toBe(400)
      const text = await response.text()
      await expectDocumented(target, asked, method, response, text)
      if (method === 'HEAD') continue
      const { code, detail } = JSON.parse(text) as { code: string; detail: string }
      expect(code, `${method} ${path}`).toBe('INVALID_REQUEST')
      expect(detail, `${method} ${path}`).toContain('unknown field "nope"')
    }
    expect((await call(target, `/topics/${topic}`)).status).toBe(200)
  })

  test('is refused with a body that is right, and nothing is appended', async () => {
    const answers = [
      await call(target, '/produce?nope=1', { body: { topic, value: 1 } }),
      await call(target, '/api/send?nope=1', { body: { topic, value: '1' } }),
      await call(target, '/topics?nope=1', { body: { name: `${topic}-2` } }),
      await call(target, '/v1/producer-ids?nope=1', { method: 'POST' }),
    ]
    for (const answer of answers) expectProblem(answer, 'INVALID_REQUEST', 400)
    const form = new FormData()
    form.append('file', new Blob(['a,b\n1,2\n']), 'rows.csv')
    expect((await fetch(new URL('/api/upload?nope=1', target.url), { method: 'POST', body: form })).status).toBe(400)
    expect(await endOffsets(target, topic)).toEqual([0])
    expect((await call(target, `/topics/${topic}-2`)).status).toBe(404)
  })

  test('is refused by what the document does not list as well, and by /metrics', async () => {
    for (const path of ['/openapi.json?nope=1', '/metrics?name[]=yak_topics', '/v1/replica/broker?nope=1']) {
      expectProblem(await call(target, path), 'INVALID_REQUEST', 400)
    }
  })

  test('is passed over by pages', async () => {
    for (const path of ['/?utm_source=mail', '/leader?a=1', '/console?a=1']) {
      expect((await call(target, path)).status, path).toBe(302)
    }
    expect((await call(target, '/console/topics?a=1')).status).not.toBe(400)
  })
})

test.each([
  ['-0', 200],
  ['0.0', 200],
  ['-1', 416],
  ['1e400', 400],
  ['9223372036854775808', 400],
])('a subscription at the offset %s', async (offset, status) => {
  const body = `{"topic":"${topic}","partition":0,"offset":${offset}}`
  const answer = await call(target, '/api/subscribe', { body })
  expect(answer.status).toBe(status)
  if (status === 200) await call(target, `/api/unsubscribe/${answer.body.id}`, { method: 'DELETE' })
})

test('an empty body is told to be empty', async () => {
  const answer = await call(target, '/produce', { method: 'POST', body: '' })
  expectProblem(answer, 'INVALID_JSON', 400)
  expect(answer.body.detail).toContain('The body is empty.')
})
