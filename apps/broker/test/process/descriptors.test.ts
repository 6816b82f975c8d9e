import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { call, valuesOf } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { BrokerProcess } from './broker-process.ts'

const partitions = 12
const each = Array.from({ length: partitions }, (_, partition) => partition)

/** Fewer than it has open without a single log: whatever it closes, it can open nothing. */
const tooFew = 8
const enough = 4_096

/** How many files the process may have open, from now on. */
async function allowOpenFiles({ pid }: BrokerProcess, count: number): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--nofile=${count}:`])
}

test.runIf(process.platform === 'linux')(
  'a broker that runs out of file descriptors refuses what it cannot take, and takes it when there are some again',
  async () => {
    const broker = await BrokerProcess.start(
      ...['--data-dir', await temporaryFolder(), '--port', '0', '--min-free-disk-bytes', '0', '--log-level', 'info'],
    )
    const kept: string[][] = each.map(() => [])
    const produce = async (partition: number, value: string): Promise<number> => {
      const { status } = await call(broker, '/produce', { topic: 'metrics', partition, value })
      if (status === 200) kept[partition]!.push(value)
      return status
    }
    await call(broker, '/topics', { name: 'metrics', partitions })
    await call(broker, '/topics', { name: 'fresh', partitions: 1 })
    for (const partition of each) expect(await produce(partition, 'before')).toBe(200)

    await allowOpenFiles(broker, tooFew)
    // The file of the topic list is open, and takes the topic, unless it was just closed for a small file. Its logs it cannot open.
    expect([201, 503]).toContain((await call(broker, '/topics', { name: 'bare', partitions: 2 })).status)
    expect((await call(broker, '/produce', { topic: 'bare', partition: 1, value: 'without' })).status).toBe(503)
    // A first record takes a new file. Those of the other logs are closed for it, which is not enough.
    expect((await call(broker, '/produce', { topic: 'fresh', partition: 0, value: 'without' })).status).toBe(503)
    for (const partition of each) expect(await produce(partition, 'without')).toBe(503)

    await allowOpenFiles(broker, enough)
    for (const partition of each) await expect.poll(() => produce(partition, 'after'), { timeout: 5_000 }).toBe(200)
    await expect.poll(async () => (await call(broker, '/produce', { topic: 'fresh', value: 'after' })).status).toBe(200)
    expect(await valuesOf(broker, 'fresh')).toEqual(['after'])
    await expect
      .poll(async () => (await call(broker, '/produce', { topic: 'bare', partition: 1, value: 'after' })).status)
      .toBe(200)
    expect(await valuesOf(broker, 'bare', 1)).toEqual(['after'])
    for (const partition of each) expect(await valuesOf(broker, 'metrics', partition)).toEqual(kept[partition])
    expect((await call(broker, '/health')).body.reasons).toEqual([])
    broker.signal('SIGTERM')
    expect(await broker.ended()).toBe(0)
  },
)
