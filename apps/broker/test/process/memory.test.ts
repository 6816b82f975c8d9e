import { connect } from 'node:net'
import { zstdCompressSync } from 'node:zlib'
import { crc32c, encodeProduceRequest, encodeRecordBatch } from '@yak/protocol'
import { expect, test } from 'vitest'
import { call } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { BrokerProcess } from './broker-process.ts'

const mebibyte = 1_048_576

async function residentBytes(broker: BrokerProcess): Promise<number> {
  const { body } = await call(broker, '/metrics')
  return body.metrics.find(({ name }: { name: string }) => name === 'process_resident_memory_bytes').value
}

/** A good batch whose records unpack to far more than is allowed. */
function bomb(): Uint8Array {
  const head = encodeRecordBatch([{ key: null, value: 'x', timestamp: 1 }]).subarray(0, 61)
  const batch = Buffer.concat([head, zstdCompressSync(Buffer.alloc(256 * mebibyte))])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt16BE(4, 21)
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}

test('whatever is sent, memory stays flat', { timeout: 60_000 }, async () => {
  const broker = await BrokerProcess.start(
    '--port',
    '0',
    '--data-dir',
    await temporaryFolder(),
    '--min-free-disk-bytes',
    '0',
  )
  const topicId = (await call(broker, '/topics', { name: 'a', partitions: 1 })).body.id
  const post = async (path: string, contentType: string, body: Uint8Array | string) => {
    const response = await fetch(`${broker.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: body as string,
    })
    await response.arrayBuffer()
  }
  // Once around, so that what a broker needs anyway is there.
  const frame = Buffer.concat(
    encodeProduceRequest({ ackTimeoutMs: 1_000, entries: [{ topicId, partition: 0, batch: bomb() }] }),
  )
  const nested = `{"topic":"a","value":${'['.repeat(500_000)}`
  const wide = `{"topic":"a","value":[${'{},'.repeat(4_000_000)}{}]}`
  const round = async () => {
    await post('/v1/produce', 'application/vnd.yak.v1', frame)
    await post('/produce', 'application/json', nested)
    await post('/produce', 'application/json', wide)
  }
  await round()
  const before = await residentBytes(broker)
  for (let count = 0; count < 5; count++) await round()

  // Bodies announced and never sent, on many connections: only what may be in flight is ever held.
  const port = Number(new URL(broker.url).port)
  const sockets = Array.from({ length: 200 }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `POST /produce HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${8 * mebibyte}\r\n\r\n{`,
    )
    return socket
  })
  await expect
    .poll(
      () =>
        call(broker, '/metrics').then(
          ({ body }) => body.metrics.find(({ name }: { name: string }) => name === 'yak_requests_refused_total').value,
        ),
      { timeout: 20_000 },
    )
    .toBeGreaterThanOrEqual(192)
  expect(await residentBytes(broker)).toBeLessThan(before + 150 * mebibyte)
  for (const socket of sockets) socket.destroy()
  expect((await call(broker, '/health')).status).toBe(200)
})
