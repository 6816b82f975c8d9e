import type { Fault } from './fault.ts'

/**
 * A leader loses its followers first, long enough to take them out of the ISR, and then the coordinator; its clients reach it
 * all the while. Whatever it goes on saying is out of date soon.
 */
export const island: Fault = {
  name: 'island',
  lasts: [3, 6],
  begin(world) {
    const { brokers, network, random, coverage, trace, configuration } = world
    const leader = brokers.find((broker) => broker.isLeader && broker.state === 'running')
    if (leader === undefined) return undefined
    const others = brokers.filter((broker) => broker !== leader).map(({ id }) => id)
    coverage.count('island')
    trace.note('nemesis', () => `${leader.id} becomes an island`)
    network.cut([leader.id], others)
    network.cut(others, [leader.id])
    let isOver = false
    world.schedule(configuration.replicaLagMaxMs * random.between(1, 2), () => {
      if (isOver) return
      network.cut([leader.id], ['coordinator'])
      network.cut(['coordinator'], [leader.id])
    })
    return () => {
      isOver = true
      for (const other of [...others, 'coordinator']) {
        network.restore([leader.id], [other])
        network.restore([other], [leader.id])
      }
    }
  },
}
