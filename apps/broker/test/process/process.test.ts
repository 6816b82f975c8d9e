import { execFileSync } from 'node:child_process'
import { open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { expect, test } from 'vitest'
import { call, valuesOf } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { BrokerProcess } from './broker-process.ts'

const start = (dataDir: string, ...args: readonly string[]) =>
  BrokerProcess.start('--port', '0', '--data-dir', dataDir, '--min-free-disk-bytes', '0', ...args)

test('after kill -9 right behind an acknowledgement the record is there, and nothing blocks the next start', async () => {
  const dataDir = await temporaryFolder()
  const acknowledged: number[] = []
  for (let round = 0; round < 3; round++) {
    const broker = await start(dataDir)
    for (let count = 0; count < 20; count++) {
      const value = round * 100 + count
      const { status, body } = await call(broker, '/produce', { topic: 'a', partition: 0, value })
      expect(status).toBe(200)
      expect(body.epoch).toBe((round + 1) * 64)
      acknowledged.push(value)
    }
    broker.signal('SIGKILL')
    expect(await broker.ended()).toBe('SIGKILL')
  }
  const broker = await start(dataDir)
  expect(await valuesOf(broker, 'a')).toEqual(acknowledged)
})

test('SIGTERM stops it with code 0, and the next start is clean', async () => {
  const dataDir = await temporaryFolder()
  const broker = await start(dataDir)
  await call(broker, '/produce', { topic: 'a', partition: 0, value: 1 })
  const polling = call(broker, '/consume?topic=a&partition=0&offset=latest&maxWaitMs=30000')
  await call(broker, '/health')
  broker.signal('SIGTERM')
  expect(await broker.ended()).toBe(0)
  expect((await polling.catch(() => undefined))?.status ?? 200).toBe(200)
  const next = await start(dataDir)
  expect(await valuesOf(next, 'a')).toEqual([1])
})

test('a full disk behind its log does not end it', async () => {
  const port = await freePort()
  const full = await open('/dev/full', 'w')
  const args = ['--port', String(port), '--data-dir', await temporaryFolder()]
  const broker = BrokerProcess.withLogIn(full.fd, ...args)
  broker.url = `http://127.0.0.1:${port}`
  const status = () =>
    call(broker, '/health').then(
      ({ status }) => status,
      () => 0,
    )
  await expect.poll(status, { timeout: 20_000 }).toBe(200)
  broker.signal('SIGTERM')
  expect(await broker.ended()).toBe(0)
  await full.close()
  expect(broker.stderr).toBe(
    'yak broker 1: The log cannot be written to standard output: ENOSPC: no space left on device, write. Make room; the broker goes on without it.\n',
  )
})

test.each(['SIGTERM', 'SIGINT'] as const)('%s while it starts ends it with code 0', async (signal) => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  first.signal('SIGTERM')
  expect(await first.ended()).toBe(0)
  // A disk that does not answer: whoever opens this file waits until somebody writes to it.
  const entries = join(dataDir, 'journal', '00000000000000000001.ndjson')
  await rm(entries)
  execFileSync('mkfifo', [entries])
  // Its word about chaos is its first.
  const broker = await BrokerProcess.starting('--port', '0', '--data-dir', dataDir, '--chaos', 'true')
  broker.signal(signal)
  // A process does not end before a call to its disk has.
  await (await open(entries, 'r+')).close()
  expect(await broker.ended()).toBe(0)
})

test('a disk that takes no byte more keeps it from starting, and it says which and what to do', async () => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  first.signal('SIGTERM')
  expect(await first.ended()).toBe(0)
  const second = await BrokerProcess.withoutRoom('--port', '0', '--data-dir', dataDir)
  expect(await second.ended()).toBe(1)
  expect(second.stderr).toMatch(
    /\nyak broker 1: The data folder \/\S+ cannot be written: EFBIG: file too large, write\. Check its disk, or choose another --data-dir\.\n$/,
  )
  const third = await start(dataDir)
  expect((await call(third, '/health')).status).toBe(200)
})

test('what is not served, and why, stands on stderr too', async () => {
  const dataDir = await temporaryFolder()
  const first = await start(dataDir)
  for (const value of [1, 2]) await call(first, '/produce', { topic: 'a', partition: 0, value })
  first.signal('SIGKILL')
  await first.ended()
  const folders = await readdir(join(dataDir, 'logs'))
  const folder = folders.find((name) => name.endsWith('-0') && !name.startsWith('__'))!
  const file = await open(join(dataDir, 'logs', folder, '00000000000000000000.log'), 'r+')
  await file.write('damage', 0)
  await file.close()
  await rm(join(dataDir, 'journal'), { recursive: true })
  await writeFile(join(dataDir, 'journal'), 'in the way')

  const second = await start(dataDir)
  // That it serves is told on another stream, and may come first.
  const told = () => second.stderr
  await expect
    .poll(told)
    .toMatch(
      /^yak broker 1: the event journal is not written, and what happens is kept in memory: EEXIST: .*journal'$/m,
    )
  await expect.poll(told).toMatch(/^yak broker 1: a log of topic a is not served: .* is damaged: /m)
})

test('a second signal ends it at once', async () => {
  const broker = await start(await temporaryFolder(), '--shutdown-timeout-ms', '60000')
  const { connect } = await import('node:net')
  const socket = connect(Number(new URL(broker.url).port), '127.0.0.1')
  socket.on('error', () => {})
  // A body that never comes keeps the first signal waiting.
  socket.write('POST /produce HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{')
  const inFlight = async () => {
    const { body } = await call(broker, '/metrics')
    return body.metrics.find(({ name }: { name: string }) => name === 'yak_request_bytes_in_flight').value
  }
  while ((await inFlight()) === 0) await new Promise(setImmediate)
  broker.signal('SIGINT')
  const listens = () =>
    fetch(`${broker.url}/health`).then(
      () => true,
      () => false,
    )
  await expect.poll(listens, { timeout: 20_000 }).toBe(false)
  broker.signal('SIGINT')
  expect(await broker.ended()).toBe(130)
  socket.destroy()
})

test('of two processes on one folder one runs, and the other says why not', async () => {
  const dataDir = await temporaryFolder()
  const brokers = await Promise.all([start(dataDir), start(dataDir)])
  const running = brokers.filter(({ url }) => url !== '')
  expect(running).toHaveLength(1)
  const refused = brokers.find(({ url }) => url === '')!
  expect(await refused.ended()).toBe(1)
  expect(refused.stderr).toMatch(
    /^yak broker 1: The data folder \S+ is in use by another broker process\. Stop that one, or choose another --data-dir\.\n$/,
  )
  expect((await call(running[0]!, '/health')).status).toBe(200)
})

test('what keeps it from starting is one line on stderr and an exit code', async () => {
  const wrong = await BrokerProcess.start('--port', 'abc')
  expect(await wrong.ended()).toBe(2)
  expect(wrong.stderr).toBe('yak broker: --port is "abc". Give a whole number from 0 to 65535.\n')

  const members = ['--peers', '1=http://127.0.0.1:1,2=http://127.0.0.1:2', '--coordinator']
  const nowhere = await start(await temporaryFolder(), ...members, 'redis://:secret@127.0.0.1:99999')
  expect(await nowhere.ended()).toBe(2)
  expect(nowhere.stderr).toBe(
    'yak broker 1: --coordinator is wrong: "127.0.0.1:99999" is not a host with a port from 1 to 65535.\n',
  )
  const folder = await temporaryFolder()
  const another = await start(folder, ...members, `sqlite:${folder}/lease`, '--unsafe-recover', '2@64')
  expect(await another.ended()).toBe(2)
  expect(another.stderr).toBe(
    'yak broker 1: --unsafe-recover is for broker 2, and this is broker 1. Nothing was done.\n',
  )

  const first = await start(await temporaryFolder())
  const { port } = new URL(first.url)
  const second = await BrokerProcess.start('--port', port, '--data-dir', await temporaryFolder())
  expect(await second.ended()).toBe(1)
  expect(second.stderr).toBe(
    `yak broker 1: Port ${port} of 127.0.0.1 is in use. Choose another --port, or stop what uses it.\n`,
  )
})
