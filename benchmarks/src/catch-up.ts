import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { YakClient } from '@yak/client'
import { BareCopier } from './bare-copier.ts'
import { type Benchmark, median } from './benchmark.ts'
import { ClusterProcesses } from './broker-process.ts'
import { clientMemory } from './memory.ts'
import { Latencies, PERCENTILES } from './paced/latencies.ts'
import { paced } from './paced/pacer.ts'

const BROKERS = 3
const ROUNDS = 3
const MESSAGES_PER_SECOND = 1_000
const VALUE_BYTES = 100
const WARM_UP_SECONDS = 30
/** How long the sends are measured before the follower is killed, once it is back, and beside the bare copy. */
const STRETCH_SECONDS = 10
/** What was written a moment ago is on its way to the disk still. */
const QUIET_MS = 3_000
const MISSED_BYTES = 600e6
const BACKLOG_VALUE_BYTES = 1_024
const BACKLOG_RECORDS = 1_000
const DEADLINE_MS = 120_000

/** One send every millisecond until it is stopped, timed from when each was due (coordinated omission). */
class PacedSends {
  /** Where the sends that are due from now on are noted; undefined: nowhere. */
  times: Latencies | undefined
  readonly #client: YakClient
  readonly #over = new AbortController()
  readonly #receipts = new Set<Promise<void>>()
  readonly #pacing: Promise<void>

  constructor(brokers: readonly string[]) {
    this.#client = new YakClient({ brokers: [...brokers] })
    const producer = this.#client.producer({ codec: 'bytes' })
    const value = Buffer.alloc(VALUE_BYTES, 'x')
    const send = (_index: number, dueMs: number): void => {
      const { times } = this
      const receipt = producer.send({ topic: 'bench', value }).then(() => {
        times?.since(dueMs)
        this.#receipts.delete(receipt)
      })
      this.#receipts.add(receipt)
    }
    this.#pacing = paced(MESSAGES_PER_SECOND, Number.MAX_SAFE_INTEGER, send, this.#over.signal)
  }

  async measure(times: Latencies, during: () => Promise<unknown>): Promise<void> {
    this.times = times
    await during()
    this.times = undefined
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#pacing
    await Promise.all(this.#receipts)
    await this.#client.close()
  }
}

async function writeBacklog(brokers: readonly string[], bytes: number): Promise<void> {
  const client = new YakClient({ brokers: [...brokers] })
  const producer = client.producer({ codec: 'bytes', deliveryTimeoutMs: 60_000 })
  const value = Buffer.alloc(BACKLOG_VALUE_BYTES, 'x')
  const records = Array.from({ length: BACKLOG_RECORDS }, () => ({ value }))
  const waiting: Promise<unknown>[] = []
  for (let written = 0; written < bytes; written += BACKLOG_RECORDS * BACKLOG_VALUE_BYTES) {
    waiting.push(producer.sendBatch({ topic: 'backlog', records }))
    if (waiting.length >= 8) await waiting.shift()
  }
  await Promise.all(waiting)
  await client.close()
}

/** Resolves when so many brokers are in sync, as the leader says. */
async function inSync(url: string, count: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (performance.now() < deadline) {
    const answer = await fetch(`${url}/metadata/leader`)
    const { isr } = (await answer.json()) as { isr: readonly string[] }
    if (isr.length === count) return
    await sleep(20)
  }
  throw new Error(`${count} brokers are not in sync after ${DEADLINE_MS / 1_000} s`)
}

export const catchUp: Benchmark = {
  name: 'catch-up',
  describes: 'a follower of three that was killed comes back, beside 1,000 sends/s timed from when each was due',
  async run({ scale, folder, report }) {
    const missedBytes = MISSED_BYTES * scale
    const [before, during, after, beside] = [new Latencies(), new Latencies(), new Latencies(), new Latencies()]
    const [startSeconds, seconds, rates]: [number[], number[], number[]] = [[], [], []]
    const cluster = await ClusterProcesses.start(join(folder, 'cluster'), BROKERS)
    const sends = new PacedSends(cluster.urls)
    try {
      await sleep(WARM_UP_SECONDS * 1_000)
      const leader = await cluster.leaderIndex()
      const leaderUrl = cluster.urls[leader]!
      const follower = (leader + 1) % BROKERS
      await inSync(leaderUrl, BROKERS)
      for (let round = 0; round < ROUNDS; round++) {
        await sends.measure(before, () => sleep(STRETCH_SECONDS * 1_000))
        await cluster.brokers[follower]!.stop('SIGKILL')
        await writeBacklog(cluster.urls, missedBytes)
        await sleep(QUIET_MS)
        const startedAt = performance.now()
        await cluster.restart(follower)
        const listensAt = performance.now()
        await sends.measure(during, () => inSync(leaderUrl, BROKERS))
        const caughtUp = (performance.now() - listensAt) / 1_000
        startSeconds.push((listensAt - startedAt) / 1_000)
        seconds.push(caughtUp)
        rates.push(missedBytes / 1e6 / caughtUp)
        await sleep(QUIET_MS)
        await sends.measure(after, () => sleep(STRETCH_SECONDS * 1_000))
        const copier = await BareCopier.start(join(folder, `copy-${round}`), missedBytes)
        await sleep(QUIET_MS)
        await sends.measure(beside, () => copier.copy(caughtUp))
        await copier.stop()
        await sleep(QUIET_MS)
      }
    } finally {
      await sends.stop()
      await cluster.stop()
    }
    const settings = { missedMB: missedBytes / 1e6, perSecond: MESSAGES_PER_SECOND, rounds: ROUNDS, brokers: BROKERS }
    const noStart = 'a start alone is measured in restart'
    const noPace = 'the bare copy takes as long on purpose'
    report({ name: 'start, until it listens', value: median(startSeconds), unit: 's', noLimit: noStart, settings })
    const name = 'from then on, until it is in sync'
    report({ name, value: median(seconds), unit: 's', noLimit: noPace, settings })
    report({ name: 'catching up', value: median(rates), unit: 'MB/s', noLimit: noPace, settings })
    for (const percentile of PERCENTILES) {
      const limit = { name: `before p${percentile}`, value: before.percentiles[percentile] }
      for (const [when, times] of [
        ['while it catches up', during],
        ['beside a bare copy of as much in that time', beside],
        ['once it is in sync', after],
      ] as const) {
        report({ name: `sends p${percentile}, ${when}`, value: times.percentiles[percentile], unit: 'ms', limit })
      }
    }
    report(clientMemory())
  },
}
