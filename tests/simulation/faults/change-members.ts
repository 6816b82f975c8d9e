import { coordinatorGroup } from '../coordinator-link.ts'
import { type Fault, type FaultyBroker, oneAtATime } from './fault.ts'
import { release, stop } from './hold-down.ts'

/**
 * An operator takes one broker away while all are in sync, as docs/operations.md has it: that one stops, then all others do, one after another, and they are
 * started without it. Later all are stopped once more and started with it, with the disk it had or with an empty one. Who is away owns no epochs meanwhile, and
 * the others own others than before.
 */
export const changeMembers: Fault = oneAtATime({
  name: 'change members',
  lasts: [6, 9],
  begin(world) {
    const { brokers, random, coordinator, coverage, trace, configuration } = world
    const isr = coordinator.snapshot().get(coordinatorGroup)?.isr ?? []
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.isWhole && broker.hasAllPartitions
    if (isr.length < brokers.length || !brokers.every(isWell)) return undefined
    const away = random.pick(brokers)
    const others = random.sample(
      brokers.filter((broker) => broker !== away),
      brokers.length - 1,
    )
    let isOver = false
    let isAway = false
    const later = (leases: number, act: () => void) =>
      world.schedule(configuration.leaseMs * leases, () => {
        if (!isOver) act()
      })
    const addAgain = () => {
      if (isAway) coverage.count('member added')
      isAway = false
      for (const broker of brokers) if (broker.state !== 'down') broker.kill()
      world.changeMembers(brokers.map(({ id }) => id))
      for (const broker of brokers) release(broker)
    }
    trace.note('nemesis', () => `${away.id} is to be taken away`)
    let leases = 0
    for (const broker of [away, ...others]) {
      later(leases, () => stop(world, broker))
      leases += random.pick([0.01, 0.3, 1]) * random.unit()
    }
    later(leases + 0.01, () => {
      for (const broker of brokers) if (broker.state !== 'down') broker.kill()
      coverage.count('member taken away')
      isAway = true
      world.changeMembers(others.map(({ id }) => id).sort())
      for (const broker of others) later(random.exponential(0.2), () => release(broker))
    })
    later(leases + random.between(2, 4), () => {
      if (random.chance(0.3)) away.replaceDisk()
      leases = 0
      for (const broker of random.sample(others, others.length)) {
        later(leases, () => stop(world, broker))
        leases += random.pick([0.01, 0.3]) * random.unit()
      }
      later(leases + 0.01, addAgain)
    })
    return () => {
      isOver = true
      if (isAway) addAgain()
      else for (const broker of brokers) release(broker)
    }
  },
})
