import { type Fault, type FaultyBroker, type FaultyWorld, isUp } from './fault.ts'
import { comeBack } from './process-faults.ts'

/**
 * More is lost than the guarantees cover: one broker has fallen behind, and so many of the others go, some with their disks,
 * that the rest is no quorum. An operator gives them up and has that one lead; then those that were thought lost come back,
 * some with what they had.
 */
export const disaster: Fault = {
  name: 'disaster',
  lasts: [2.5, 5],
  begin(world) {
    const { brokers, random, network, configuration, coverage } = world
    const fit = brokers.filter((broker) => broker.isWhole && broker.hasAllPartitions && isUp(broker))
    if (fit.length === 0 || coverage.of('election') === 0) return undefined
    const chosen = random.pick(fit)
    const others = brokers.filter((broker) => broker !== chosen)
    const ids = others.map(({ id }) => id)
    // One that led has records that nobody else has, and the others go on under another leader.
    if (random.chance(0.5)) ids.push('coordinator')
    network.cut([chosen.id], ids)
    network.cut(ids, [chosen.id])
    let lost: readonly FaultyBroker[] = []
    let isOver = false
    const restore = () => {
      network.restore([chosen.id], ids)
      network.restore(ids, [chosen.id])
    }
    world.schedule(configuration.leaseMs * random.between(0.3, 2), () => {
      if (isOver) return
      restore()
      lost = strike(world, chosen, others)
    })
    return () => {
      isOver = true
      restore()
      comeBack(world, lost)
    }
  },
}

function strike(world: FaultyWorld, chosen: FaultyBroker, others: readonly FaultyBroker[]): readonly FaultyBroker[] {
  const { brokers, random, settings, coverage, trace } = world
  if (!chosen.isWhole || !chosen.hasAllPartitions || !world.allowRecovery()) return []
  const quorum = Math.max(brokers.length - settings.minInsyncReplicas + 1, Math.floor(brokers.length / 2) + 1)
  // Whoever leads goes in any case: with one of the rest it would go on, nobody would lead by the operator's word, and the disks be lost for nothing.
  const byTurns = random.sample(others, others.length)
  const leadersLast = [...byTurns.filter(({ isLeader }) => !isLeader), ...byTurns.filter(({ isLeader }) => isLeader)]
  const lost = leadersLast.slice(random.integer(0, quorum - 2))
  coverage.count('disaster')
  trace.note('nemesis', () => `${lost.map(({ id }) => id).join(', ')} are lost, ${chosen.id} is to lead`)
  for (const broker of lost) {
    broker.kill()
    if (random.chance(0.5)) broker.replaceDisk()
  }
  chosen.kill()
  chosen.startUnsafely()
  return lost
}
