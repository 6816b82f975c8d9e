import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, expect, test } from 'vitest'
import { FaultRun } from './harness/fault-run.ts'
import type { ProducerLoad } from './harness/producer-load.ts'
import { until } from './harness/until.ts'

/** How long Redis is away; an hour is the same, only longer. */
const awayMs = Number(process.env.YAK_FAULTS_REDIS_AWAY_MS ?? 5_000)

function report(what: string, gapMs: number, bound: string): void {
  process.stdout.write(`  ${what.padEnd(48)} longest gap in acknowledged writes ${Math.round(gapMs)} ms (${bound})\n`)
}

/**
 * The gap that comes of what is done to the leader; then it is back, and all are in sync again. It is told beside what is
 * promised and held to nothing: it is a figure of this machine.
 */
async function gapOf(run: FaultRun, producer: ProducerLoad, name: string, act: (leaderId: string) => Promise<unknown>) {
  const { cluster, recorder } = run
  const leader = await cluster.leader()
  const fromMs = recorder.nowMs()
  await recorder.during(name, async () => {
    await act(leader.id)
    await cluster.leader({ notId: leader.id })
    await run.untilAcknowledged(producer, 20)
  })
  const gapMs = run.longestGapMs(fromMs)
  leader.start()
  await cluster.untilWhole()
  return gapMs
}

describe.skipIf(!isRedisServerInstalled())('how long writes wait, three brokers', () => {
  test('lease 1 s: SIGTERM, SIGKILL, Redis away, Redis emptied while the leader is killed (B3)', async () => {
    await using run = await FaultRun.start({ leaseMs: 1_000 })
    const { cluster, recorder } = run
    const producer = run.producer('p1').start()
    run.producer('p2').start()
    run.reader('r1').start()
    await run.untilAcknowledged(producer, 50)

    const stopMs = await gapOf(run, producer, 'SIGTERM of the leader', (id) => cluster.broker(id).terminate())
    report('SIGTERM of the leader, lease 1 s', stopMs, 'promised: 300 ms')

    const killMs = await gapOf(run, producer, 'SIGKILL of the leader', (id) => cluster.broker(id).kill())
    report('SIGKILL of the leader, lease 1 s', killMs, 'promised: 2,000 ms')

    const { epoch } = await cluster.untilWhole()
    const fromMs = recorder.nowMs()
    await recorder.during('Redis away', async () => {
      await cluster.redis.kill()
      await until('Redis was away for long enough', () => recorder.nowMs() > fromMs + awayMs, {
        withinMs: 2 * awayMs + 10_000,
      })
      // Nobody renews a lease now, and nobody else can take one: the leader goes on all the same.
      await run.untilAcknowledged(producer, 20)
      await cluster.redis.restart()
    })
    const awayGapMs = run.longestGapMs(fromMs)
    report(`Redis away for ${awayMs} ms, back empty`, awayGapMs, 'promised: none')
    await cluster.untilWhole()

    const flushMs = await gapOf(run, producer, 'FLUSHALL and SIGKILL of the leader', async (id) => {
      await cluster.redis.command('FLUSHALL')
      await cluster.broker(id).kill()
    })
    report('FLUSHALL and SIGKILL of the leader, lease 1 s', flushMs, 'promised: two leases + 1 s')
    // B3: though Redis began at 0 again.
    expect((await cluster.untilWhole()).epoch).toBeGreaterThan(epoch)
    await run.verdict()
  })

  test('lease 5 s: SIGKILL', async () => {
    await using run = await FaultRun.start({ leaseMs: 5_000 })
    const producer = run.producer('p1').start()
    await run.untilAcknowledged(producer, 50)
    const killMs = await gapOf(run, producer, 'SIGKILL of the leader', (id) => run.cluster.broker(id).kill())
    report('SIGKILL of the leader, lease 5 s', killMs, 'promised: 6,000 ms')
    await run.verdict()
  })
})
