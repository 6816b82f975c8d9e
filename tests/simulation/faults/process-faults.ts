import { type Fault, type FaultyBroker, type FaultyWorld, isUp, nothing, someBroker } from './fault.ts'

const restart = (broker: FaultyBroker) => () => {
  if (broker.state === 'down') broker.start()
}

const killOne = (world: FaultyWorld, broker: FaultyBroker | undefined) => {
  if (broker === undefined) return undefined
  world.coverage.count(broker.isLeader ? 'leader killed' : 'broker killed')
  broker.kill()
  return restart(broker)
}

/** Pauses by the length that matters: the lease may run out meanwhile or not. */
const pauses = [
  ['paused below the lease', 0.5],
  ['paused about the lease', 1],
  ['paused beyond the lease', 3],
] as const

export const processFaults: readonly Fault[] = [
  {
    name: 'kill leader',
    lasts: [0.05, 3],
    begin: (world) =>
      killOne(
        world,
        world.brokers.find((broker) => isUp(broker) && broker.isLeader),
      ),
  },
  {
    name: 'kill follower',
    lasts: [0.05, 3],
    begin: (world) =>
      killOne(
        world,
        someBroker(world, (broker) => isUp(broker) && !broker.isLeader),
      ),
  },
  {
    name: 'kill any',
    lasts: [0.01, 1],
    begin: (world) => killOne(world, someBroker(world, isUp)),
  },
  {
    name: 'kill all',
    lasts: [0.05, 1],
    begin(world) {
      const killed = world.brokers.filter(isUp)
      for (const broker of killed) broker.kill()
      world.coverage.count('all brokers killed')
      return () => comeBack(world, killed)
    },
  },
  {
    name: 'stop gracefully',
    lasts: [0.5, 2],
    begin(world) {
      const broker = someBroker(world, ({ state }) => state === 'running')
      if (broker === undefined) return undefined
      world.coverage.count('broker stopped gracefully')
      broker.stopGracefully()
      return () => {
        if (broker.state === 'stopping') broker.kill()
        restart(broker)()
      }
    },
  },
  {
    name: 'rolling restart',
    lasts: [4, 8],
    begin(world) {
      let isOver = false
      for (const [index, broker] of world.brokers.entries()) {
        world.schedule(index * world.configuration.leaseMs, () => {
          if (isOver || broker.state !== 'running') return
          world.coverage.count('broker stopped gracefully')
          broker.stopGracefully()
          world.schedule(world.configuration.leaseMs * 0.8, () => {
            if (broker.state === 'stopping') broker.kill()
            restart(broker)()
          })
        })
      }
      return () => {
        isOver = true
      }
    },
  },
  {
    name: 'pause',
    lasts: [0, 0],
    begin(world) {
      const broker = someBroker(world, ({ state }) => state === 'running')
      if (broker === undefined) return undefined
      const [kind, leases] = world.random.pick(pauses)
      world.coverage.count(kind)
      broker.pause()
      // Here and not by `lasts`: the length is the point.
      world.schedule(leases * world.random.between(0.9, 1.1) * world.configuration.leaseMs, () => broker.resume())
      return () => broker.resume()
    },
  },
  {
    name: 'stall',
    lasts: [0, 0],
    begin(world) {
      const { random, coverage, configuration } = world
      const broker = someBroker(world, ({ state }) => state === 'running')
      if (broker === undefined) return undefined
      const forMs = random.pick([0.1, 0.5, 1, 3]) * random.between(0.9, 1.1) * configuration.leaseMs
      let isOver = false
      let isStalled = false
      broker.stall(random.integer(1, 60), forMs, () => {
        if (isOver) return false
        isStalled = true
        coverage.count('paused within a step')
        world.schedule(forMs, () => {
          isStalled = false
        })
        return true
      })
      return () => {
        isOver = true
        if (!isStalled || broker.state !== 'paused') return
        // Nothing wakes it before its time: its own clock is there already.
        broker.kill()
        broker.start()
      }
    },
  },
  {
    name: 'broker clock',
    lasts: [0, 0],
    begin(world) {
      world.coverage.count('broker clock jumped')
      world.random.pick(world.brokers).jumpClock(world.random.between(-3_600_000, 3_600_000))
      return nothing
    },
  },
  {
    name: 'recreate topic',
    lasts: [0, 0],
    begin: (world) => (world.recreateTopic() ? nothing : undefined),
  },
  {
    name: 'kill client',
    lasts: [0, 0],
    begin(world) {
      world.killClient()
      return nothing
    },
  },
]

/** One after another, some late: who is back first is what decides. */
export function comeBack(world: FaultyWorld, brokers: readonly FaultyBroker[]): void {
  for (const broker of brokers) {
    world.schedule(world.random.exponential(world.configuration.leaseMs * 0.5), restart(broker))
  }
}
