import type { Fault, FaultyBroker, FaultyWorld } from './fault.ts'

/**
 * Another broker takes over while the leader is alive and in the middle of its work: it does not hear the leader any more, and
 * the coordinator gives it the lease. The others hear both. What the old leader has under way meets the promises to the new one.
 */
export const usurper: Fault = {
  name: 'usurper',
  lasts: [1.5, 4],
  begin(world) {
    const { brokers, network, random, coverage, trace } = world
    const leader = brokers.find((broker) => broker.isLeader && broker.state === 'running')
    const followers = brokers.filter((broker) => broker !== leader && broker.state === 'running')
    if (leader === undefined || followers.length === 0) return undefined
    const next = random.pick(followers)
    network.cut([leader.id], [next.id])
    if (random.chance(0.7)) network.cut([next.id], [leader.id])
    coverage.count('usurper')
    const restoreLease = takeLease(world, leader, next)
    trace.note('nemesis', () => `${next.id} is to usurp ${leader.id}`)
    return () => {
      network.restore([leader.id], [next.id])
      network.restore([next.id], [leader.id])
      restoreLease()
    }
  },
}

/** How the coordinator comes to give it away: the leader cannot renew, or time has jumped, or there are two of them. */
function takeLease(world: FaultyWorld, leader: FaultyBroker, next: FaultyBroker): () => void {
  const { configuration, coordinator, network, random } = world
  const ways = ['cut off', ...configuration.faults].filter((way) => /^(cut off|coordinator (clock|splits))$/.test(way))
  switch (random.pick(ways)) {
    case 'coordinator clock':
      // Once the usurper has had time to find the leader silent.
      world.schedule(configuration.leaseMs * random.between(0.4, 0.8), () => {
        coordinator.jumpClock(2 * configuration.leaseMs)
      })
      return () => {}
    case 'coordinator splits':
      coordinator.split([next.id])
      return () => coordinator.heal(random.chance(0.5) ? 'main' : 'other')
    default:
      network.cut([leader.id], ['coordinator'])
      return () => network.restore([leader.id], ['coordinator'])
  }
}
