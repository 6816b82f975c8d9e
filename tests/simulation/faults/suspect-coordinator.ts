import { coordinatorGroup } from '../coordinator-link.ts'
import { type Fault, type FaultyBroker, oneAtATime } from './fault.ts'
import { comeBack } from './process-faults.ts'

/**
 * m = 1, and the coordinator goes back to an ISR of all from before an election whose leader has acknowledged by itself since. Nobody else knows the
 * ISR of that election, but all have promised its epoch: asked for one above it, the coordinator notices that it has forgotten something, and
 * its ISR is suspect. Then the leader dies, and nobody may lead without it. Alone: any other fault could keep them from being asked.
 */
export const suspectCoordinator: Fault = oneAtATime({
  name: 'suspect coordinator',
  lasts: [7, 8],
  begin(world) {
    const { brokers, network, random, coordinator, coverage, trace, configuration } = world
    const leader = brokers.find((broker) => broker.isLeader)
    const snapshot = coordinator.snapshot()
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.hasAllPartitions
    const isrSize = () => coordinator.snapshot().get(coordinatorGroup)?.isr.length ?? 0
    if (leader === undefined || isrSize() < brokers.length || !brokers.every(isWell)) return undefined
    const cutOff = new Set<FaultyBroker>()
    const everybodyBut = ({ id }: FaultyBroker) =>
      [...brokers.map((other) => other.id), 'coordinator'].filter((name) => name !== id)
    const reconnect = () => {
      for (const broker of cutOff) {
        network.restore([broker.id], everybodyBut(broker))
        network.restore(everybodyBut(broker), [broker.id])
      }
    }
    const stopListening = world.onMoment((broker, moment) => {
      if (moment === 'promises') {
        // Once the promise is under way: it arrives, and nothing that follows from it does.
        world.schedule(0, () => {
          cutOff.add(broker)
          network.cut([broker.id], everybodyBut(broker))
          network.cut(everybodyBut(broker), [broker.id])
        })
      }
      if (moment !== 'acknowledges' || cutOff.has(broker) || cutOff.size < brokers.length - 1 || isrSize() > 1) return
      stopListening()
      coverage.count('suspect coordinator')
      trace.note('nemesis', () => `the coordinator has the ISR from before ${broker.id} was elected`)
      coordinator.restore(snapshot)
      reconnect()
      broker.kill()
      world.schedule(configuration.leaseMs * random.between(2, 3), () => comeBack(world, [broker]))
    })
    leader.kill()
    leader.start()
    return () => {
      stopListening()
      reconnect()
      for (const broker of brokers) if (broker.state === 'down') broker.start()
    }
  },
})
