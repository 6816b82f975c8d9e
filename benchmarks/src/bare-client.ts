import { randomUUID } from 'node:crypto'
import { encodeProduceRequest, encodeRecordBatch } from '@yak/protocol'
import { Client } from 'undici'
import type { ServerProcess } from './broker-process.ts'

const REQUESTS_UNDER_WAY = 5
export const BARE_READ_BYTES = 4_194_304

/** A produce body as the SDK sends it: `batches` batches of `recordsPerBatch` records. Encoded once; the limit encodes nothing. */
export function produceBody(batches: number, recordsPerBatch: number, valueBytes: number): Uint8Array {
  const value = Buffer.alloc(valueBytes, 'x')
  const record = { key: null, value, timestamp: 1_700_000_000_000 }
  const batch = encodeRecordBatch(Array.from({ length: recordsPerBatch }, () => record))
  const entries = Array.from({ length: batches }, (_, partition) => ({ topicId: randomUUID(), partition, batch }))
  return Buffer.concat(encodeProduceRequest({ ackTimeoutMs: 30_000, entries }))
}

/** Sends `body` `count` times with several requests under way on one connection; seconds it took. */
export async function sendBare(server: ServerProcess, body: Uint8Array, count: number): Promise<number> {
  const client = new Client(server.url, { pipelining: REQUESTS_UNDER_WAY })
  let next = 0
  const lane = async (): Promise<void> => {
    while (next++ < count) {
      const answer = await client.request({ method: 'POST', path: '/append', body, idempotent: true })
      await answer.body.arrayBuffer()
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: REQUESTS_UNDER_WAY }, lane))
  const seconds = (performance.now() - start) / 1_000
  await client.close()
  return seconds
}

/** Reads the first `totalBytes` of what was sent, in pieces, two requests under way; seconds it took. */
export async function readBare(server: ServerProcess, totalBytes: number): Promise<number> {
  const client = new Client(server.url, { pipelining: 2 })
  let position = 0
  let received = 0
  const lane = async (): Promise<void> => {
    while (position < totalBytes) {
      const path = `/read?position=${position}&bytes=${BARE_READ_BYTES}`
      position += BARE_READ_BYTES
      const answer = await client.request({ method: 'GET', path })
      for await (const chunk of answer.body) received += (chunk as Buffer).length
    }
  }
  const start = performance.now()
  await Promise.all([lane(), lane()])
  const seconds = (performance.now() - start) / 1_000
  if (received < totalBytes) throw new Error(`only ${received} of ${totalBytes} bytes were read`)
  await client.close()
  return seconds
}
