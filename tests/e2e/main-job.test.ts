import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partitionForKey } from '@yak/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BrokerProcess, YakProcess, yak } from '../../apps/cli/test/yak-process.ts'
import { type Reading, readingCount, readingsOf, serverMetricsFile } from './server-metrics.ts'

const topic = 'server_metrics'
const partitions = [0, 1, 2]

/** As `yak consume --json` prints a record, and as GET /consume answers it. */
interface StoredRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly value: Reading
}

let folder: string
let file: string
let readings: Reading[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yak-main-job-'))
  file = await serverMetricsFile(folder)
  readings = readingsOf(await readFile(file, 'utf8'))
  expect(readings).toHaveLength(readingCount)
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Every reading exactly once, each host in the one partition its key belongs to, and in file order. */
function expectAllReadings(records: readonly StoredRecord[]): void {
  expect(records).toHaveLength(readings.length)
  const stored = Map.groupBy(records, (record) => record.key)
  const sent = Map.groupBy(readings, (reading) => reading.host)
  expect([...stored.keys()].toSorted()).toEqual([...sent.keys()].toSorted())
  for (const [host, own] of stored) {
    expect(new Set(own.map((record) => record.partition)), host).toEqual(
      new Set([partitionForKey(host, partitions.length)]),
    )
    expect(
      own.map((record) => record.offset),
      host,
    ).toEqual(own.map((record) => record.offset).toSorted((left, right) => left - right))
    expect(
      own.map((record) => record.value),
      host,
    ).toEqual(sent.get(host))
  }
  for (const partition of partitions) {
    const offsets = records.filter((record) => record.partition === partition).map((record) => record.offset)
    expect(offsets).toEqual(Array.from({ length: offsets.length }, (_, index) => index))
  }
}

async function consumedByCommandLine(broker: BrokerProcess): Promise<StoredRecord[]> {
  const { code, stdout, stderr } = await yak(['consume', topic, '--json', '--brokers', broker.url])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '67,740 records\n' })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StoredRecord)
}

/** As curl would: one partition after another, a page at a time. */
async function consumedByHttp(broker: BrokerProcess): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  for (const partition of partitions) {
    for (let offset = 0, end = Number.POSITIVE_INFINITY; offset < end; ) {
      const response = await fetch(
        `${broker.url}/consume?topic=${topic}&partition=${partition}&offset=${offset}&limit=1000`,
      )
      expect(response.status).toBe(200)
      const page = (await response.json()) as {
        readonly records: readonly Omit<StoredRecord, 'partition'>[]
        readonly nextOffset: number
        readonly highWatermark: number
      }
      expect(page.records.length).toBeLessThanOrEqual(1_000)
      expect(page.nextOffset).toBeGreaterThan(offset)
      for (const record of page.records) records.push({ ...record, partition })
      offset = page.nextOffset
      end = page.highWatermark
    }
  }
  return records
}

describe('67,740 readings of 17 servers', () => {
  let broker: BrokerProcess

  beforeAll(async () => {
    broker = await BrokerProcess.start()
  })

  afterAll(async () => {
    await broker.stop()
  })

  test('are produced from the file', async () => {
    const { code, stdout, stderr } = await yak([
      'produce',
      topic,
      '--file',
      file,
      '--key',
      'host',
      '--brokers',
      broker.url,
    ])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^67,740 sent, 0 failed, 0 unknown · /m)
  })

  test('come back from the command line, each once, each host in one partition and in file order', async () => {
    expectAllReadings(await consumedByCommandLine(broker))
  })

  test('come back over plain HTTP, page by page', async () => {
    expectAllReadings(await consumedByHttp(broker))
  })

  test('keep every digit: the value on the wire is the text in the file', async () => {
    const { host, value } = readings[0]!
    const partition = partitionForKey(host, partitions.length)
    const response = await fetch(`${broker.url}/consume?topic=${topic}&partition=${partition}&offset=0&limit=1000`)
    expect(await response.text()).toContain(`"value":"${value}"}`)
  })

  test('are there after an orderly restart', async () => {
    expect((await broker.kill('SIGTERM')).code).toBe(0)
    await broker.start()
    expectAllReadings(await consumedByCommandLine(broker))
  })
})

test('all of them are there when the broker is killed right after the last acknowledgement', async () => {
  const broker = await BrokerProcess.start()
  try {
    const producing = new YakProcess(['produce', topic, '--file', file, '--key', 'host', '--brokers', broker.url])
    await producing.until(({ stderr }) => stderr.includes(' sent, '))
    await broker.kill('SIGKILL')
    const { code, stderr } = await producing.finished
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('67,740 sent, 0 failed, 0 unknown'),
    })

    await broker.start()
    expectAllReadings(await consumedByCommandLine(broker))
    expectAllReadings(await consumedByHttp(broker))
  } finally {
    await broker.stop()
  }
})
