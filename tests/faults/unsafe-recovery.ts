import { rm } from 'node:fs/promises'
import { expect } from 'vitest'
import { BrokerProcess } from './harness/broker-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { until } from './harness/until.ts'

/**
 * Two of three disks are lost for good, one that was in sync is there: it says what an operator may give, does not lead before,
 * leads with it, and the others are filled from it. What it had is there; the word is worth nothing a second time.
 */
export async function unsafeRecovery(): Promise<void> {
  await using run = await FaultRun.start()
  const { cluster, recorder } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 30)
  await producer.stop()
  await cluster.untilWhole()
  const leader = await cluster.leader()
  const [survivor, lost] = cluster.others(leader.id) as [BrokerProcess, BrokerProcess]
  await recorder.during('two disks are lost', async () => {
    for (const broker of [leader, lost]) {
      await broker.kill()
      await rm(broker.dataDir, { recursive: true })
    }
    const word = await until(
      'it says what an operator may give',
      async () => {
        const health = await survivor.health()
        expect(health?.role, 'alone it does not lead').not.toBe('leader')
        return health?.reasons.map((reason) => /--unsafe-recover (\S+@\d+)/.exec(reason)?.[1]).find(Boolean)
      },
      { state: () => cluster.describe() },
    )
    await survivor.terminate()
    const { flags } = survivor.options
    const recovered = new BrokerProcess({ ...survivor.options, flags: [...flags, '--unsafe-recover', word] })
    recovered.start()
    try {
      await until('it leads', async () => (await recovered.health())?.role === 'leader', {
        state: () => recovered.tail(),
      })
      expect(recovered.lines.filter((line) => line.includes('"level":50')).join('\n')).toContain('is given up')
      for (const broker of [leader, lost]) broker.start()
      await until('the others are in sync', async () => (await recovered.health())?.isr.length === 3, {
        state: () => `${recovered.tail()}\n${cluster.describe()}`,
      })
      await recovered.terminate()
      recovered.start()
      expect(await recovered.ended(), recovered.tail()).not.toBe(0)
    } finally {
      await recovered.kill()
    }
    survivor.start()
    await cluster.untilWhole()
  })
  await run.verdict()
}
