import { type Cluster, startCluster } from '@yak/broker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTopic, type ProduceTarget } from '../../../src/data/produce/produce-target.ts'
import type { BadRow } from '../../../src/features/csv-import/bad-row.ts'
import { identityOf } from '../../../src/features/csv-import/file-identity.ts'
import type { ImportJob } from '../../../src/features/csv-import/import-job.ts'
import { firstMapping } from '../../../src/features/csv-import/mapping.ts'
import { type ByteSource, fileStart } from '../../../src/features/csv-import/read-rows.ts'
import { type JobKeeper, runImport } from '../../../src/features/csv-import/run-import.ts'

const rowCount = 30_000
const limits = { maxRows: 1_000, maxBatchBytes: 1_048_576, maxBytes: 4_194_304 }

/** A page and its database: what was put before the page went is what the next one finds. */
class Pages implements JobKeeper {
  job: ImportJob
  readonly badRows = new Map<number, readonly BadRow[]>()
  puts = 0
  isGone = false
  onPut: (puts: number) => void = () => {}

  constructor(job: ImportJob) {
    this.job = job
  }

  async put(job: ImportJob, bad?: { readonly startRow: number; readonly rows: readonly BadRow[] }): Promise<void> {
    if (this.isGone) return
    this.job = structuredClone(job)
    if (bad !== undefined && bad.rows.length > 0) this.badRows.set(bad.startRow, bad.rows)
    this.onPut(++this.puts)
  }
}

describe('an import against real brokers', () => {
  let cluster: Cluster
  let topicNumber = 0

  beforeAll(async () => {
    cluster = await startCluster({ settings: { leaseMs: 1_000 } })
  })
  afterAll(async () => {
    await cluster?.close()
  })

  const targetOf = (): ProduceTarget => ({
    peers: () => cluster.urls.map((url, index) => ({ id: String(index + 1), url })),
    token: () => '',
    leaderUrl: null,
  })

  const newJob = async (source: ByteSource, headers: readonly string[], change: Partial<ImportJob> = {}) => {
    const topic = `import-${++topicNumber}`
    const { url } = await cluster.leader()
    const answer = await fetch(`${url}/topics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: topic, partitions: 3 }),
    })
    expect(answer.status).toBe(201)
    const { topicId, partitionCount } = await findTopic(targetOf(), topic, AbortSignal.timeout(10_000))
    return {
      id: topic,
      createdAt: 0,
      updatedAt: 0,
      topic,
      topicId,
      partitionCount,
      file: await identityOf('rows.csv', source),
      format: { delimiter: ',', quote: '"', encoding: 'utf-8', hasHeader: true },
      mapping: { ...firstMapping(headers, ['integer', 'string', 'string']), key: { kind: 'column', column: 1 } },
      onBad: 'skip',
      limits,
      rowCount,
      identity: null,
      state: 'ready',
      stopReason: null,
      next: { row: 0, place: fileStart, rowAtPlace: 0, sequences: [0, 0, 0] },
      pending: null,
      counts: { acked: 0, failed: 0, skipped: 0, elapsedMs: 0, bytesRead: 0, keptBadRows: 0 },
      first: null,
      last: null,
      ...change,
    } satisfies ImportJob
  }

  const run = (pages: Pages, source: ByteSource, signal = new AbortController().signal) =>
    runImport(pages.job, {
      source,
      target: targetOf(),
      keeper: pages,
      signal,
      mayGoOn: () => true,
      onProgress: () => {},
      onWaiting: () => {},
    })

  /** The ids of each partition in the order of their offsets. */
  const readBack = async (topic: string): Promise<number[][]> => {
    const { url } = await cluster.leader()
    const partitions: number[][] = []
    for (let partition = 0; partition < 3; partition++) {
      const ids: number[] = []
      for (let offset = 0; ; ) {
        const answer = await fetch(`${url}/consume?topic=${topic}&partition=${partition}&offset=${offset}&limit=10000`)
        const { records } = (await answer.json()) as { records: { offset: number; value: { id: number } }[] }
        if (records.length === 0) break
        ids.push(...records.map(({ value }) => value.id))
        offset = records.at(-1)!.offset + 1
      }
      partitions.push(ids)
    }
    return partitions
  }

  const expectOnceAndInOrder = async (topic: string, ids: readonly number[]) => {
    const partitions = await readBack(topic)
    expect(partitions.flat().toSorted((a, b) => a - b)).toEqual(ids)
    for (const partition of partitions) expect(partition).toEqual(partition.toSorted((a, b) => a - b))
  }

  test('writes every row once, in the order of the file', async () => {
    const source = rows()
    const pages = new Pages(await newJob(source, ['id', 'host', 'text']))
    const done = await run(pages, source)
    expect(done).toMatchObject({ state: 'done', counts: { acked: rowCount, failed: 0, skipped: 0 }, pending: null })
    expect(pages.job).toEqual(done)
    expect(done.last).toMatchObject({ row: rowCount })
    await expectOnceAndInOrder(done.topic, allIds)
  })

  test('a page that goes at any moment is gone on from without a row lost or doubled', async () => {
    const source = rows()
    const pages = new Pages(await newJob(source, ['id', 'host', 'text']))
    const resumedPending: boolean[] = []
    for (let life = 0; life < 12; life++) {
      const page = new AbortController()
      pages.isGone = false
      const target = pages.puts + 2
      pages.onPut = (puts) => {
        if (puts !== target) return
        // Before anything leaves, while it is under way, or about when it is answered.
        const go = () => {
          pages.isGone = true
          page.abort(new Error('the page is gone'))
        }
        if (life % 4 === 0) go()
        else setTimeout(go, life % 4 === 1 ? 0 : life)
      }
      await run(pages, source, page.signal)
      resumedPending.push(pages.job.pending !== null)
    }
    expect(resumedPending).toContain(true)
    pages.isGone = false
    pages.onPut = () => {}
    const done = await run(pages, source)
    expect(done).toMatchObject({ state: 'done', counts: { acked: rowCount } })
    await expectOnceAndInOrder(done.topic, allIds)
  })

  test('goes on with the next leader when one stops', async () => {
    const source = rows()
    const pages = new Pages(await newJob(source, ['id', 'host', 'text']))
    const leader = await cluster.leader()
    const id = String(cluster.brokers.indexOf(leader) + 1)
    let stopped: Promise<void> | undefined
    pages.onPut = (puts) => {
      if (puts === 8) stopped = cluster.stop(id)
    }
    const done = await run(pages, source)
    await stopped
    expect(done).toMatchObject({ state: 'done', counts: { acked: rowCount } })
    await cluster.restart(id)
    await expectOnceAndInOrder(done.topic, allIds)
  })

  test('rows that cannot be sent are left out and told of, once, also when their round is built twice', async () => {
    const source = bytes('id,host,text\n1,a,x\n2,,y\nthree,a,z\n4,b\n5,"a"b,c\n6,b,ok\n')
    const job = await newJob(source, ['id', 'host', 'text'], { rowCount: 6 })
    const pages = new Pages(job)
    const page = new AbortController()
    pages.onPut = () => {
      pages.isGone = true
      page.abort(new Error('the page is gone'))
    }
    await run(pages, source, page.signal)
    pages.isGone = false
    pages.onPut = () => {}
    const done = await run(pages, source)
    expect(done.counts).toMatchObject({ acked: 2, skipped: 4, failed: 0, keptBadRows: 4 })
    expect([...pages.badRows.values()].flat().map(({ line, code }) => [line, code])).toEqual([
      [3, 'KEY_FIELD_NOT_FOUND'],
      [4, 'CSV_ROW_INVALID'],
      [5, 'CSV_ROW_INVALID'],
      [6, 'CSV_ROW_INVALID'],
    ])
    await expectOnceAndInOrder(done.topic, [1, 6])
  })

  test('a file that changed is not sent as the round that was under way', async () => {
    const pages = new Pages(await newJob(bytes('id,host,text\n1,a,x\n2,b,y\n'), ['id', 'host', 'text']))
    const page = new AbortController()
    pages.onPut = () => {
      pages.isGone = true
      page.abort(new Error('the page is gone'))
    }
    await run(pages, bytes('id,host,text\n1,a,x\n2,b,y\n'), page.signal)
    pages.isGone = false
    pages.onPut = () => {}
    const stopped = await run(pages, bytes('id,host,text\n1,a,x\n,b,y\n2,a,y'))
    expect(stopped.state).toBe('stopped')
    expect(stopped.stopReason).toMatch(/read again they are not the same/)
  })

  test('a topic that is deleted stops it, with the reason', async () => {
    const source = rows()
    const pages = new Pages(await newJob(source, ['id', 'host', 'text']))
    const { url } = await cluster.leader()
    pages.onPut = (puts) => {
      if (puts === 3) void fetch(`${url}/topics/${pages.job.topic}`, { method: 'DELETE' })
    }
    const stopped = await run(pages, source)
    expect(stopped.state).toBe('stopped')
    expect(stopped.counts.acked).toBeLessThan(rowCount)
    expect(stopped.counts.failed).toBe(0)
    expect(stopped.stopReason).toMatch(/refused, some or all|is not known/)
  })
})

const allIds = Array.from({ length: rowCount }, (_, index) => index)

function rows(): ByteSource {
  return bytes(`id,host,text\n${allIds.map((id) => `${id},host-${id % 97},"row ${id}, quoted"\n`).join('')}`)
}

function bytes(text: string): ByteSource {
  const all = new TextEncoder().encode(text)
  return { size: all.length, read: async (start, end) => all.slice(start, end) }
}
