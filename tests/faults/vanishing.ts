import { FaultRun } from './harness/fault-run.ts'
import { until } from './harness/until.ts'
import { VanishingNetwork } from './harness/vanishing-network.ts'

export interface VanishingFigures {
  /** Longest gap of acknowledged writes, and until it was in sync again after it was back. */
  readonly follower: readonly [gapMs: number, backMs: number]
  readonly leader: readonly [gapMs: number, backMs: number]
  /** Until every broker reached it again. */
  readonly redis: readonly [gapMs: number, backMs: number]
}

/**
 * Machines that lose their power, one after another: their sockets stay half open at all others, whose packets nobody answers.
 * What ran there is killed meanwhile, so that no end of any connection is ever told. A producer and a reader go on through it.
 */
export async function vanishingMachines(): Promise<VanishingFigures> {
  using network = VanishingNetwork.open()
  await using run = await FaultRun.start({ network })
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  const reader = run.reader('r1').start()
  await run.untilAcknowledged(producer, 30)

  async function vanish(
    node: string,
    end: () => Promise<unknown>,
    comeBack: () => unknown,
    isBack: () => Promise<unknown>,
  ) {
    const fromMs = recorder.nowMs()
    await recorder.during(`${node} vanishes`, async () => {
      network.pull(node)
      await end()
      await until('three leases are over', () => recorder.nowMs() > fromMs + 3 * cluster.leaseMs)
      await run.untilAcknowledged(producer, 30)
      const { count } = reader
      await until('the reader goes on', () => reader.count > count)
    })
    const gapMs = run.longestGapMs(fromMs)
    await comeBack()
    network.plugIn(node)
    const backMs = recorder.nowMs()
    await isBack()
    return [Math.round(gapMs), Math.round(recorder.nowMs() - backMs)] as const
  }

  async function vanishBroker(isLeader: boolean) {
    const leader = await cluster.leader()
    const broker = isLeader ? leader : cluster.others(leader.id)[0]!
    return await vanish(
      broker.id,
      () => broker.kill(),
      () => broker.start(),
      () => cluster.untilWhole(),
    )
  }

  const follower = await vanishBroker(false)
  const leader = await vanishBroker(true)
  const isConnectedEverywhere = async (isConnected: boolean) =>
    (await cluster.healths()).every((health) => health?.coordinator.connected === isConnected)
  const redis = await vanish(
    'redis',
    async () => {
      await cluster.redis.kill()
      await until('all say that it is away', () => isConnectedEverywhere(false))
    },
    () => cluster.redis.restart(),
    () => until('all reach it again', () => isConnectedEverywhere(true)),
  )
  await run.verdict()
  return { follower, leader, redis }
}
