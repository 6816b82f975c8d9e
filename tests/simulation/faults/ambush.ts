import { frequentMoments, MOMENTS, type Moment } from '../observer/moment.ts'
import { type Fault, type FaultyBroker, type FaultyWorld, isUp } from './fault.ts'
import { comeBack } from './process-faults.ts'

/**
 * Faults at random times rarely fall between two steps of one decision. An ambush waits for brokers that come to one
 * chosen step of the protocol, and strikes some of them there, or a moment later.
 */
export const ambush: Fault = {
  name: 'ambush',
  lasts: [0.5, 4],
  begin(world) {
    const { ambushAt } = world.configuration
    const moment = world.random.pick(ambushAt.length > 0 ? ambushAt : MOMENTS)
    const probability = frequentMoments.has(moment) ? 0.01 : world.random.pick([0.15, 0.5])
    const strike = world.random.pick(strikes)
    world.trace.note('nemesis', () => `lies in wait for whoever ${moment}`)
    return world.onMoment((broker, happened) => {
      if (happened !== moment || !isUp(broker) || !world.random.chance(probability)) return
      world.schedule(world.random.exponential(world.random.pick([0.01, 1, 10])), () => {
        if (isUp(broker)) strike(world, broker, moment)
      })
    })
  },
}

const strikes: readonly ((world: FaultyWorld, broker: FaultyBroker, moment: Moment) => void)[] = [
  (world, broker, moment) => {
    note(world, broker, moment, 'killed')
    broker.kill()
    comeBack(world, [broker])
  },
  (world, broker, moment) => {
    note(world, broker, moment, 'without power')
    broker.powerCut()
    comeBack(world, [broker])
  },
  (world, broker, moment) => {
    note(world, broker, moment, 'paused')
    broker.pause()
    world.schedule(world.random.between(0.1, 2) * world.configuration.leaseMs, () => broker.resume())
  },
  // Another one comes to that step, and it is the leader who goes: what was begun under it is not finished.
  (world, broker, moment) => {
    const leader = world.brokers.find((other) => other.isLeader && isUp(other))
    if (leader === undefined || leader === broker) return
    note(world, broker, moment, `watched, and ${leader.id} killed`)
    leader.kill()
    comeBack(world, [leader])
  },
  (world, broker, moment) => {
    note(world, broker, moment, 'cut off')
    const others = world.brokers.map(({ id }) => id).filter((id) => id !== broker.id)
    if (world.random.chance(0.3)) others.push('coordinator')
    const ways = world.random.pick(['both', 'in', 'out'])
    if (ways !== 'in') world.network.cut([broker.id], others)
    if (ways !== 'out') world.network.cut(others, [broker.id])
    world.schedule(world.random.between(0.1, 2) * world.configuration.leaseMs, () => {
      world.network.restore([broker.id], others)
      world.network.restore(others, [broker.id])
    })
  },
]

function note(world: FaultyWorld, broker: FaultyBroker, moment: Moment, how: string): void {
  world.coverage.count('ambushed')
  world.trace.note('nemesis', () => `${broker.id} ${moment} and is ${how}`)
}
