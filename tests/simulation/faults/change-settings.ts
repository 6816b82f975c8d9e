import { type Fault, type FaultyBroker, type FaultyWorld, oneAtATime } from './fault.ts'
import { release, stop } from './hold-down.ts'

/**
 * An operator stops all brokers, one after another, and starts them again with another m, one after another, some of them much later.
 * Whoever was the last one to stop may have acknowledged records alone, and those that are back first have none of them.
 */
export const changeSettings: Fault = oneAtATime({
  name: 'change settings',
  lasts: [5, 8],
  begin(world) {
    if (world.coverage.of('election') === 0) return undefined
    const change = { isOver: false }
    stopAll(world, change)
    return () => {
      change.isOver = true
      for (const broker of world.brokers) release(broker)
    }
  },
})

interface Change {
  /** Everybody is started, with whatever settings there are by then. */
  isOver: boolean
}

function stopAll(world: FaultyWorld, change: Change): void {
  const { brokers, random, configuration } = world
  const isLeaderLast = random.chance(0.5)
  const rank = (broker: FaultyBroker) => (isLeaderLast && broker.isLeader ? 1 : 0)
  const order = random.sample(brokers, brokers.length).sort((one, other) => rank(one) - rank(other))
  let atMs = 0
  for (const broker of order) {
    world.schedule(atMs, () => {
      if (!change.isOver) stop(world, broker)
    })
    atMs += configuration.leaseMs * random.pick([0.01, 0.3, 1, 1.5]) * random.unit()
  }
  world.schedule(atMs + 1, () => {
    if (!change.isOver) startAll(world, change)
  })
}

function startAll(world: FaultyWorld, change: Change): void {
  const { brokers, random, configuration } = world
  for (const broker of brokers) if (broker.state !== 'down') broker.kill()
  world.changeSettings()
  const late = new Set(random.sample(brokers, random.chance(0.4) ? 0 : random.integer(1, brokers.length - 1)))
  for (const broker of brokers) {
    if (late.has(broker)) continue
    world.schedule(random.exponential(configuration.leaseMs * 0.2), () => {
      if (!change.isOver) release(broker)
    })
  }
  world.schedule(configuration.leaseMs * random.between(1.5, 4), () => {
    if (change.isOver) return
    // Those that are late may find the settings changed once more.
    if (random.chance(0.5)) stopAll(world, change)
    else for (const broker of brokers) release(broker)
  })
}
