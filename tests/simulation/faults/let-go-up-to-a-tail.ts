import { coordinatorGroup } from '../coordinator-link.ts'
import { metadataKey } from '../simulated-broker.ts'
import { type Fault, type FaultyBroker, oneAtATime } from './fault.ts'

/**
 * A leader is cut off from all but its clients, and writes what nobody else has; the others have another leader, which commits other records in its place and
 * lets go of just as many: the log of the one ends where that of the other begins. Then it is back, and what it has is a tail all the same.
 */
export const letGoUpToATail: Fault = oneAtATime({
  name: 'let go up to a tail',
  lasts: [4, 5],
  begin(world) {
    const { brokers, network, random, coordinator, coverage, trace } = world
    const old = brokers.find((broker) => broker.isLeader)
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.hasAllPartitions
    const isr = coordinator.snapshot().get(coordinatorGroup)?.isr ?? []
    if (old === undefined || isr.length < brokers.length || !brokers.every(isWell)) return undefined
    const others = [...brokers.filter((broker) => broker !== old).map(({ id }) => id), 'coordinator']
    network.cut([old.id], others)
    network.cut(others, [old.id])
    const reconnect = () => {
      network.restore([old.id], others)
      network.restore(others, [old.id])
    }
    let step: 'commits' | 'lets go' | 'over' = 'commits'
    const stopListening = world.onMoment((broker, moment) => {
      if (broker === old) return
      if (step === 'commits' && moment === 'acknowledges') {
        // Of what it holds, this was never committed under it; and of the topic list nothing ever goes.
        const tails = old.standing().filter((one) => one.key !== metadataKey && one.endOffset > one.highWatermark)
        const within = tails.filter(({ key, endOffset }) =>
          broker
            .standing()
            .some((one) => one.key === key && one.highWatermark >= endOffset && one.logStartOffset < endOffset),
        )
        if (within.length === 0) return
        const { key, endOffset } = random.pick(within)
        step = 'lets go'
        trace.note(
          'nemesis',
          () => `${broker.id} lets go of ${key} up to ${endOffset}, where the log of ${old.id} ends`,
        )
        world.letGo(broker, key, endOffset)
      } else if (step === 'lets go' && moment === 'has let go') {
        step = 'over'
        coverage.count('let go up to a tail')
        world.schedule(random.exponential(5), reconnect)
      }
    })
    return () => {
      stopListening()
      reconnect()
    }
  },
})
