import { coordinatorGroup } from '../coordinator-link.ts'
import { type Fault, type FaultyBroker, oneAtATime } from './fault.ts'

/**
 * Beyond the guarantees: two brokers, m = 1, and the coordinator goes back to an ISR of all where nobody knows better, while the leader, cut off, has acknowledged by
 * itself. Another leads without that (`giveUp`). One thing still holds: nothing of it goes from the disk of the old leader, which would have to cut below
 * its high watermark, halts, and says so. An operator starts it again, and it halts again; then he gives it an empty disk. Alone: nothing else is
 * excused here.
 */
export const lostIsr: Fault = oneAtATime({
  name: 'lost ISR',
  lasts: [7, 8],
  begin(world) {
    const { brokers, network, random, coordinator, coverage, trace, configuration } = world
    const leader = brokers.find((broker) => broker.isLeader)
    const snapshot = coordinator.snapshot()
    const isrSize = () => coordinator.snapshot().get(coordinatorGroup)?.isr.length ?? 0
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.hasAllPartitions
    if (leader === undefined || isrSize() < brokers.length || !brokers.every(isWell)) return undefined
    const others = brokers.filter((broker) => broker !== leader).map(({ id }) => id)
    const cut = (ones: readonly string[], far: readonly string[]) => {
      network.cut(ones, far)
      network.cut(far, ones)
    }
    const restore = (ones: readonly string[], far: readonly string[]) => {
      network.restore(ones, far)
      network.restore(far, ones)
    }
    const reconnect = () => {
      restore(others, [leader.id, 'coordinator'])
      restore([leader.id], ['coordinator'])
    }
    let step: 'acknowledges alone' | 'another leads' = 'acknowledges alone'
    let left = random.integer(1, 5)
    let givenUpUnder = 0
    const stopListening = world.onMoment((broker, moment) => {
      if (step === 'acknowledges alone' && broker === leader && moment === 'acknowledges' && isrSize() === 1) {
        if (--left > 0) return
        step = 'another leads'
        trace.note(
          'nemesis',
          () => `the coordinator has ${others.join(', ')} in sync again, and ${leader.id} does not reach it`,
        )
        coordinator.restore(snapshot)
        replaceOnceHalted()
        cut([leader.id], ['coordinator'])
        restore(others, ['coordinator'])
      } else if (step === 'another leads' && broker !== leader) {
        const { holder, epoch } = coordinator.record(broker.id, coordinatorGroup)
        // From its first announcement on it is followed, as far as its logs go.
        if (moment === 'announces itself' && holder === broker.id && epoch > givenUpUnder) {
          givenUpUnder = epoch
          world.giveUp(broker)
        }
        if (moment !== 'begins to lead') return
        stopListening()
        coverage.count('lost ISR')
        reconnect()
      }
    })
    let isStartedAgain = false
    const replaceOnceHalted = () => {
      if (leader.isHalted && !isStartedAgain) {
        isStartedAgain = true
        // An operator takes his time.
        world.schedule(configuration.leaseMs / 10, () => {
          if (!leader.isHalted) return
          leader.kill()
          leader.start()
          replaceOnceHalted()
        })
      } else if (leader.isHalted) {
        coverage.count('halted to keep what it has')
        leader.kill()
        leader.replaceDisk()
        leader.start()
      } else if (step === 'another leads') world.schedule(configuration.leaseMs / 5, replaceOnceHalted)
    }
    cut(others, [leader.id, 'coordinator'])
    return () => {
      reconnect()
      if (leader.isHalted) replaceOnceHalted()
      // An election that is under way may still come to that end.
      if (step === 'acknowledges alone') stopListening()
      else world.schedule(2 * configuration.leaseMs, stopListening)
    }
  },
})
