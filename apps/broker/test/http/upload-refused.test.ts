import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { LIMITS, YakError } from '@yak/protocol'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AppendGate } from '../../src/records/append-gate.ts'
import { call, runningBroker } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

type Broker = { readonly url: string }

async function fillUploads({ url }: Broker): Promise<void> {
  for (let count = 0; count < LIMITS.maxUploads; count++) {
    const body = new FormData()
    body.append('file', new Blob(['a\n1\n']), 'a.csv')
    expect((await fetch(`${url}/api/upload`, { method: 'POST', body })).status).toBe(200)
  }
}

/** After the first look, which is before the first byte. */
function fillDisk(): void {
  const isFull = () => {
    throw new YakError('DISK_FULL', 'The disk is full.')
  }
  const room = vi.spyOn(AppendGate.prototype, 'assertOpen')
  room.mockImplementationOnce(() => {}).mockImplementationOnce(isFull)
  onTestFinished(() => room.mockRestore())
}

test.each<[string, number, string, (broker: Broker) => Promise<void> | void]>([
  ['a form without a boundary', 400, '', () => {}],
  ['one more than are kept', 429, '; boundary=b', fillUploads],
  ['one that finds the disk full in its middle', 507, '; boundary=b', fillDisk],
])('the request behind an upload that is refused, %s, is answered', async (_what, status, boundary, prepare) => {
  const broker = await runningBroker()
  await prepare(broker)
  const { hostname, port } = new URL(broker.url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  const start = '--b\r\ncontent-disposition: form-data; name="file"; filename="x.csv"\r\n\r\na\n'
  const form = `${start}${'1\n'.repeat(2_000_000)}\r\n--b--\r\n`
  const type = `multipart/form-data${boundary}`
  socket.write(
    `POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${form.length}\r\n\r\n${form}`,
  )
  socket.write('GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  let answers = ''
  for await (const chunk of socket) answers += chunk
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`, 'HTTP/1.1 200'])
  if (boundary === '') expect(answers).toContain('The content type names no boundary of the form.')
})

test('a page of elsewhere may not upload: a browser sends a form without asking', async () => {
  const broker = await runningBroker()
  const upload = async (origin: string): Promise<Response> => {
    const body = new FormData()
    body.append('file', new Blob(['a\n1\n']), 'a.csv')
    return await fetch(`${broker.url}/api/upload`, { method: 'POST', body, headers: { origin } })
  }
  for (const origin of ['http://evil.example', 'null']) {
    const refused = await upload(origin)
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'ORIGIN_NOT_ALLOWED' }])
  }
  expect((await upload(broker.url)).status).toBe(200)
})

test('a form whose client goes before its end is no fault of the broker, and nothing is told of it', async () => {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const dataDir = await temporaryFolder()
  const broker = await runningBroker({ dataDir }, { logger: pino({ level: 'warn' }, stream) })
  const state = async () => (await call(broker, '/v1/broker-state')).body
  const { connections } = await state()
  const { hostname, port } = new URL(broker.url)
  // In the file, between two fields, and behind the last: where the multipart reader waits differs.
  const file = '--b\r\ncontent-disposition: form-data; name="file"; filename="x.csv"\r\n\r\na\n1\n'
  for (const form of [file, `${file}\r\n--b\r\n`, `${file}\r\n--b--\r\n`]) {
    const socket = connect(Number(port), hostname)
    const head = 'POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\n'
    await new Promise<void>((resolve) => {
      socket.write(`${head}content-length: 100000\r\nexpect: 100-continue\r\n\r\n`, () => resolve())
    })
    await new Promise((resolve) => socket.once('data', resolve))
    await new Promise<void>((resolve) => socket.write(form, () => resolve()))
    socket.destroy()
  }
  await expect.poll(async () => (await state()).connections).toBe(connections)
  await expect.poll(() => readdir(join(dataDir, 'uploads'))).toEqual([])
  expect((await state()).counters.failedRequests).toBe(0)
  expect(lines).toEqual([])
})
