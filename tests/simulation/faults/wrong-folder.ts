import { coordinatorGroup } from '../coordinator-link.ts'
import { type Fault, type FaultyBroker, type FaultyWorld, oneAtATime } from './fault.ts'

/**
 * An operator starts brokers of a cluster that has records with empty data folders by mistake, and has one of them form a cluster (`--init`). Each time there is one
 * reason why they must not: the coordinator knows of a cluster, a broker that is there refuses, another comes within a lease, or they are too few. Then he
 * finds their folders, and all is as it was. Alone: nothing else may be the reason.
 */
export const wrongFolder: Fault = oneAtATime({
  name: 'wrong folder',
  lasts: [3, 4],
  begin(world) {
    const { brokers, random, coordinator, coverage, trace } = world
    const isr = coordinator.snapshot().get(coordinatorGroup)?.isr ?? []
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.isWhole && broker.hasAllPartitions
    if (isr.length < brokers.length || !brokers.every(isWell)) return undefined
    const m = world.settings.minInsyncReplicas
    const founders = Math.max(brokers.length - m + 1, Math.floor(brokers.length / 2) + 1, m)
    const reasons: readonly Reason[] = founders < brokers.length ? ['known', 'refused', 'late', 'few'] : ['few']
    const reason = random.pick(reasons)
    const byTurns = random.sample(brokers, brokers.length)
    const count = reason === 'few' ? founders - 1 : founders
    const wrong = byTurns.slice(0, count)
    const others = byTurns.slice(count)
    for (const broker of brokers) broker.kill()
    for (const broker of wrong) broker.changeFolder()
    coverage.count('wrong folder')
    trace.note('nemesis', () => `${wrong.map(({ id }) => id).join(', ')} start with empty folders: ${reason}`)
    if (reason !== 'known') coordinator.forget()
    const endWatch = world.watchFolders(wrong)
    let isOver = false
    const [first, ...rest] = wrong
    for (const broker of rest) broker.start()
    first!.startWithInit()
    startOthers(world, others, reason, () => !isOver)
    return () => {
      isOver = true
      endWatch()
      for (const broker of brokers) broker.kill()
      for (const broker of wrong) broker.restoreFolder()
      for (const broker of brokers) broker.start()
    }
  },
})

type Reason = 'known' | 'refused' | 'late' | 'few'

function startOthers(
  world: FaultyWorld,
  others: readonly FaultyBroker[],
  reason: Reason,
  isUnderWay: () => boolean,
): void {
  const { random, configuration } = world
  if (reason === 'refused') for (const broker of others) broker.startAmong([broker.id])
  if (reason !== 'late') return
  for (const broker of others) {
    world.schedule(configuration.leaseMs * random.between(0.1, 0.6), () => {
      if (isUnderWay()) broker.start()
    })
  }
}
