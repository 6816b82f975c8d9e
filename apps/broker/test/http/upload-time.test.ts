import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setInterval } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Broker } from '../../src/index.ts'
import { runningBroker } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const requestTimeoutMs = 1_000
const row = `${'x'.repeat(99)}\n`
const formStart = '--edge\r\ncontent-disposition: form-data; name="file"; filename="slow.csv"\r\n\r\n'
const formEnd = '\r\n--edge--\r\n'

/** Bodies that take their time, as the socket has them: no client stands between. */
describe('the time of an upload', () => {
  async function slowBroker(): Promise<{ readonly broker: Broker; readonly uploads: () => Promise<string[]> }> {
    const dataDir = await temporaryFolder()
    const broker = await runningBroker({ dataDir, requestTimeoutMs, headersTimeoutMs: 200 })
    return { broker, uploads: () => readdir(join(dataDir, 'uploads')) }
  }

  async function connection(broker: Broker): Promise<Socket> {
    const { hostname, port } = new URL(broker.url)
    const socket = connect(Number(port), hostname)
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }

  const head = (path: string, type: string, bytes: number) =>
    `POST ${path} HTTP/1.1\r\nhost: broker\r\ncontent-type: ${type}\r\ncontent-length: ${bytes}\r\n\r\n`

  /** All that comes until the broker closes. */
  async function lastAnswer(socket: Socket): Promise<{ readonly head: string; readonly body: never }> {
    let text = ''
    for await (const chunk of socket) text += chunk
    const end = text.indexOf('\r\n\r\n')
    return { head: text.slice(0, end), body: JSON.parse(text.slice(end + 4)) as never }
  }

  test('is without end while bytes come', async () => {
    const { broker } = await slowBroker()
    const socket = await connection(broker)
    const pieces = 25
    socket.write(
      head(
        '/api/upload',
        'multipart/form-data; boundary=edge',
        formStart.length + row.length * pieces + formEnd.length,
      ),
    )
    socket.write(formStart)
    const answer = lastAnswer(socket)
    let sent = 0
    for await (const _ of setInterval(requestTimeoutMs / 10)) {
      socket.write(row)
      if (++sent === pieces) break
    }
    socket.write(formEnd)
    const { head: answered, body } = await answer
    expect(answered).toMatch(/^HTTP\/1\.1 200 /)
    expect(answered.toLowerCase(), 'no other request goes where the clock has stopped').toContain('connection: close')
    expect(body).toMatchObject({ rowCount: pieces - 1, badRowCount: 0 })
  })

  const stops = [
    { what: 'its form begins', given: '' },
    { what: 'some of the file is there', given: formStart + row },
  ]
  test.each(stops)('ends when no more come after $what, and nothing is kept', async ({ given }) => {
    const { broker, uploads } = await slowBroker()
    const socket = await connection(broker)
    socket.write(head('/api/upload', 'multipart/form-data; boundary=edge', 10_000) + given)
    const { head: answered, body } = await lastAnswer(socket)
    expect(answered).toMatch(/^HTTP\/1\.1 400 /)
    expect(body).toMatchObject({
      code: 'BODY_INCOMPLETE',
      detail: 'No byte of the upload came for 1000 ms. Send it again, and without a pause.',
    })
    expect(await uploads()).toEqual([])
  })

  test.each([
    ['/produce', 'application/json'],
    ['/v1/produce', 'application/vnd.yak.v1'],
    ['/v1/replica/message', 'application/json'],
    ['/v1/replica/fetch', 'application/vnd.yak.replica.v1'],
  ])('is that of every request at %s: what is not whole in time is refused, though bytes come', async (path, type) => {
    const { broker } = await slowBroker()
    const socket = await connection(broker)
    socket.on('error', () => {})
    socket.write(head(path, type, 10_000))
    const answer = lastAnswer(socket)
    let isOver = false
    void answer.finally(() => {
      isOver = true
    })
    for await (const _ of setInterval(requestTimeoutMs / 10)) {
      if (isOver || !socket.writable) break
      socket.write(' ')
    }
    expect((await answer).body).toMatchObject({ code: 'BODY_INCOMPLETE' })
  })
})
