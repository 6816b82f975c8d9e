import { coordinatorGroup } from '../coordinator-link.ts'
import type { Moment } from '../observer/moment.ts'
import { type Fault, type FaultyBroker, type FaultyWorld, oneAtATime } from './fault.ts'
import { comeBack } from './process-faults.ts'

/**
 * m = 1, and the coordinator goes back to an ISR of all, after the leader has acknowledged by itself. That loses records, unless somebody
 * knows better, and so somebody does: either the leader has heard of it and goes on all the same, or each that the old ISR names has heard of a
 * newer one. Then the leader dies, and who was not in sync must not lead. Alone: any other fault could keep them from hearing of it.
 */
export const staleCoordinator: Fault = oneAtATime({
  name: 'stale coordinator',
  lasts: [7, 8],
  begin(world) {
    const { brokers, network, random, coordinator, coverage, trace } = world
    const leader = brokers.find((broker) => broker.isLeader)
    const snapshot = coordinator.snapshot()
    const isr = snapshot.get(coordinatorGroup)?.isr ?? []
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.hasAllPartitions
    if (leader === undefined || isr.length < brokers.length || !brokers.every(isWell)) return undefined
    const others = brokers.filter((broker) => broker !== leader).map(({ id }) => id)
    for (const name of [leader.id, 'coordinator']) {
      network.cut(others, [name])
      network.cut([name], others)
    }
    const reconnect = () => {
      for (const name of [leader.id, 'coordinator']) {
        network.restore(others, [name])
        network.restore([name], others)
      }
    }
    const goBack = () => {
      coverage.count('stale coordinator')
      trace.note('nemesis', () => `the coordinator has ${isr.map(({ brokerId }) => brokerId).join(', ')} in sync again`)
      coordinator.restore(snapshot)
    }
    const strike = () => {
      stopListening()
      reconnect()
      leader.kill()
      world.schedule(world.configuration.leaseMs * random.between(2, 3), () => comeBack(world, [leader]))
    }
    const steps = random.chance(0.5)
      ? heardByLeader(world, leader, { goBack, strike })
      : heardByOthers(world, leader, others, { reconnect, goBack, strike })
    const stopListening = world.onMoment(steps)
    return () => {
      stopListening()
      reconnect()
      if (leader.state === 'down') leader.start()
    }
  },
})

type Listener = (broker: FaultyBroker, moment: Moment) => void

/** It renews its lease, which tells it, and acknowledges afterwards: the record must be right again. */
function heardByLeader(
  world: FaultyWorld,
  leader: FaultyBroker,
  { goBack, strike }: { readonly goBack: () => void; readonly strike: () => void },
): Listener {
  const { coordinator, configuration } = world
  let step: 'acknowledges alone' | 'renews' | 'waits' | 'has heard' = 'acknowledges alone'
  return (broker, moment) => {
    if (broker !== leader) return
    if (step === 'acknowledges alone' && moment === 'acknowledges' && isAlone(coordinator)) {
      goBack()
      step = 'renews'
    } else if (step === 'renews' && moment === 'renews') {
      step = 'waits'
      world.schedule(configuration.leaseMs / 5, () => {
        step = 'has heard'
      })
    } else if (step === 'has heard' && moment === 'acknowledges') strike()
  }
}

/** They fetch again, which tells them the present ISR, and the leader dies before it takes them into it. */
function heardByOthers(
  world: FaultyWorld,
  leader: FaultyBroker,
  others: readonly string[],
  {
    reconnect,
    goBack,
    strike,
  }: { readonly reconnect: () => void; readonly goBack: () => void; readonly strike: () => void },
): Listener {
  const { coordinator } = world
  const old = coordinator.snapshot().get(coordinatorGroup)!
  const knows = (id: string) => {
    const known = world.knownIsr(id)
    return known !== undefined && (known.isrEpoch > old.isrEpoch || known.isrVersion > old.isrVersion)
  }
  let step: 'acknowledges alone' | 'hear of it' | 'over' = 'acknowledges alone'
  return (broker, moment) => {
    if (step === 'acknowledges alone' && broker === leader && moment === 'acknowledges' && isAlone(coordinator)) {
      reconnect()
      step = 'hear of it'
    } else if (step === 'hear of it' && others.every(knows)) {
      step = 'over'
      goBack()
      strike()
    }
  }
}

function isAlone(coordinator: FaultyWorld['coordinator']): boolean {
  return coordinator.snapshot().get(coordinatorGroup)?.isr.length === 1
}
