import { type Fault, type FaultyBroker, type FaultyWorld, isUp } from './fault.ts'
import { comeBack } from './process-faults.ts'

/**
 * The case that elections are for: one follower has fallen behind and out of the ISR, records are acknowledged without it,
 * and it is back in the very moment in which the leader goes. Sometimes a replica that did have them comes back with an
 * empty disk just before.
 */
export const laggard: Fault = {
  name: 'laggard',
  lasts: [1.2, 4],
  begin(world) {
    const { brokers, network, random, coverage, trace } = world
    const leader = brokers.find((broker) => broker.isLeader && broker.state === 'running')
    const followers = brokers.filter((broker) => broker !== leader && broker.state === 'running')
    if (leader === undefined || followers.length === 0) return undefined
    const behind = random.pick(followers)
    const others = brokers.map(({ id }) => id).filter((id) => id !== behind.id)
    network.cut([behind.id], others)
    network.cut(others, [behind.id])
    trace.note('nemesis', () => `${behind.id} falls behind`)
    return () => {
      coverage.count('laggard back as the leader goes')
      maybeLoseDisk(
        world,
        followers.filter((broker) => broker !== behind),
      )
      // At once, or the other way round by a moment.
      world.schedule(random.exponential(random.pick([0.01, 5, 50, 200])), () => {
        network.restore([behind.id], others)
        network.restore(others, [behind.id])
      })
      world.schedule(random.exponential(random.pick([0.01, 5, 50, 200])), () => removeLeader(world))
    }
  },
}

function maybeLoseDisk(world: FaultyWorld, candidates: readonly FaultyBroker[]): void {
  const broker = candidates.find((candidate) => isUp(candidate) && world.mayLoseDisk(candidate))
  if (broker === undefined || !world.configuration.faults.includes('replace disk') || world.random.chance(0.3)) return
  world.coverage.count('disk replaced')
  broker.kill()
  broker.replaceDisk()
  broker.start()
}

function removeLeader(world: FaultyWorld): void {
  const { brokers, random, network, configuration, trace } = world
  const leader = brokers.find((broker) => broker.isLeader && broker.state === 'running')
  if (leader === undefined) return
  const way = random.pick(['kill', 'power cut', 'pause', 'cut off'] as const)
  trace.note('nemesis', () => `${leader.id} goes: ${way}`)
  const backInMs = random.between(0.5, 3) * configuration.leaseMs
  if (way === 'kill' || way === 'power cut') {
    if (way === 'kill') leader.kill()
    else leader.powerCut()
    world.schedule(backInMs, () => comeBack(world, [leader]))
  } else if (way === 'pause') {
    leader.pause()
    world.schedule(backInMs, () => leader.resume())
  } else {
    const others = brokers.map(({ id }) => id).filter((id) => id !== leader.id)
    network.cut([leader.id], others)
    network.cut(others, [leader.id])
    world.schedule(backInMs, () => {
      network.restore([leader.id], others)
      network.restore(others, [leader.id])
    })
  }
}
