import { coordinatorGroup } from '../coordinator-link.ts'
import { type Fault, type FaultyBroker, oneAtATime } from './fault.ts'

/**
 * A leader goes on without the coordinator, for its followers follow. Then it stands still, and nothing comes to it any more; another is elected as soon as that may be, and in the very
 * moment in which that one acknowledges something the first one wakes. It knows of nothing, and shows nothing all the same: whoever followed it may have
 * elected another by now. Alone: with any other fault what it shows could be half a lease old, which is within the guarantees.
 */
export const wokenWithoutLease: Fault = oneAtATime({
  name: 'woken without lease',
  lasts: [4, 5],
  begin(world) {
    const { brokers, network, coordinator, coverage, trace, configuration } = world
    const leader = brokers.find((broker) => broker.isLeader)
    const isr = coordinator.snapshot().get(coordinatorGroup)?.isr ?? []
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.hasAllPartitions
    if (leader === undefined || isr.length < brokers.length || !brokers.every(isWell)) return undefined
    const others = brokers.filter((broker) => broker !== leader).map(({ id }) => id)
    const cut = (far: readonly string[]) => {
      network.cut([leader.id], far)
      network.cut(far, [leader.id])
    }
    cut(['coordinator'])
    let step: 'goes on' | 'sleeps' | 'is awake' = 'goes on'
    let endWatch = () => {}
    world.schedule(1.2 * configuration.leaseMs, () => {
      if (step !== 'goes on' || !leader.isLeader || leader.state !== 'running') return
      step = 'sleeps'
      leader.pause()
      cut(others)
    })
    const stopListening = world.onMoment((broker, moment) => {
      if (step !== 'sleeps' || broker === leader || moment !== 'acknowledges') return
      step = 'is awake'
      coverage.count('woken without lease')
      trace.note('nemesis', () => `${leader.id} wakes, and ${broker.id} leads`)
      endWatch = world.watchReads(leader)
      leader.resume()
    })
    return () => {
      step = 'is awake'
      stopListening()
      endWatch()
      leader.resume()
      for (const far of [...others, 'coordinator']) {
        network.restore([leader.id], [far])
        network.restore([far], [leader.id])
      }
    }
  },
})
