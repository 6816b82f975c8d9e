import { type Fault, type FaultyWorld, nothing, someBroker } from './fault.ts'

const brokerIds = ({ brokers }: FaultyWorld): string[] => brokers.map(({ id }) => id)
const clientNames = ({ clients }: FaultyWorld): string[] => clients.map(({ name }) => name)
const everybody = (world: FaultyWorld): string[] => [...brokerIds(world), ...clientNames(world)]

const cutBothWays = ({ network }: FaultyWorld, ones: readonly string[], others: readonly string[]) => {
  network.cut(ones, others)
  network.cut(others, ones)
  return () => {
    network.restore(ones, others)
    network.restore(others, ones)
  }
}

export const networkFaults: readonly Fault[] = [
  {
    name: 'cut off broker',
    lasts: [0.2, 4],
    begin(world) {
      const broker = someBroker(world, () => true)!
      // With or without its clients: they would be the ones to believe a leader that was.
      const names = world.random.chance(0.6) ? everybody(world) : brokerIds(world)
      const others = names.filter((name) => name !== broker.id)
      // With or without the coordinator: a leader that keeps its lease and loses its followers is another case.
      if (world.random.chance(0.5)) others.push('coordinator')
      world.coverage.count('broker cut off')
      return cutBothWays(world, [broker.id], others)
    },
  },
  {
    name: 'one-way cut',
    lasts: [0.2, 4],
    begin(world) {
      const [from, to] = world.random.sample(brokerIds(world), 2) as [string, string]
      world.coverage.count('one-way cut')
      world.network.cut([from], [to])
      return () => world.network.restore([from], [to])
    },
  },
  {
    name: 'shut broker',
    lasts: [1, 6],
    begin(world) {
      const broker = someBroker(world, () => true)!
      const others = brokerIds(world).filter((id) => id !== broker.id)
      world.coverage.count('broker shut off')
      world.network.shut(others, [broker.id])
      return () => world.network.restore(others, [broker.id])
    },
  },
  {
    name: 'split brokers',
    lasts: [0.2, 4],
    begin(world) {
      const ids = world.random.sample(brokerIds(world), world.brokers.length)
      const size = world.random.integer(1, ids.length - 1)
      world.coverage.count('brokers split')
      return cutBothWays(world, ids.slice(0, size), ids.slice(size))
    },
  },
  {
    name: 'cut off coordinator',
    lasts: [0.3, 4],
    begin(world) {
      const broker = someBroker(world, () => true)!
      world.coverage.count('coordinator cut off')
      const direction = world.random.pick(['both', 'requests', 'answers'])
      if (direction === 'both') return cutBothWays(world, [broker.id], ['coordinator'])
      const [from, to] = direction === 'requests' ? [broker.id, 'coordinator'] : ['coordinator', broker.id]
      world.network.cut([from], [to])
      return () => world.network.restore([from], [to])
    },
  },
  {
    name: 'cut off clients',
    lasts: [0.2, 2],
    begin(world) {
      const broker = someBroker(world, () => true)!
      world.coverage.count('clients cut off')
      const [ones, others] = world.random.chance(0.5)
        ? [[broker.id], clientNames(world)]
        : [clientNames(world), [broker.id]]
      world.network.cut(ones, others)
      return () => world.network.restore(ones, others)
    },
  },
  {
    name: 'lossy network',
    lasts: [0.5, 4],
    begin(world) {
      const rate = world.random.pick([0.01, 0.05, 0.2])
      const names = everybody(world)
      world.network.setLoss(names, names, rate)
      return () => world.network.setLoss(names, names, 0)
    },
  },
  {
    name: 'doubling network',
    lasts: [0.5, 4],
    begin(world) {
      const names = everybody(world)
      world.network.setRepeat(names, names, world.random.pick([0.05, 0.3]))
      return () => world.network.setRepeat(names, names, 0)
    },
  },
  {
    name: 'unordered network',
    lasts: [0.5, 4],
    begin(world) {
      const names = everybody(world)
      world.network.setUnordered(names, names, true)
      return () => world.network.setUnordered(names, names, false)
    },
  },
  {
    name: 'slow network',
    lasts: [0.5, 3],
    begin(world) {
      const broker = someBroker(world, () => true)!
      const others = everybody(world).filter((name) => name !== broker.id)
      const slowMs = world.configuration.leaseMs * world.random.pick([0.05, 0.3, 0.9])
      world.network.setSlow([broker.id], others, slowMs)
      if (world.random.chance(0.5)) world.network.setSlow(others, [broker.id], slowMs)
      return () => {
        world.network.setSlow([broker.id], others, 0)
        world.network.setSlow(others, [broker.id], 0)
      }
    },
  },
  {
    name: 'coordinator lossy',
    lasts: [0.5, 4],
    begin(world) {
      const ids = brokerIds(world)
      const rate = world.random.pick([0.1, 0.4])
      world.network.setLoss(ids, ['coordinator'], rate)
      world.network.setLoss(['coordinator'], ids, rate)
      return () => {
        world.network.setLoss(ids, ['coordinator'], 0)
        world.network.setLoss(['coordinator'], ids, 0)
      }
    },
  },
]

export const coordinatorFaults: readonly Fault[] = [
  {
    name: 'coordinator down',
    lasts: [0.3, 4],
    begin({ coordinatorHealth, coverage }) {
      coordinatorHealth.isDown = true
      coverage.count('coordinator down')
      return () => {
        coordinatorHealth.isDown = false
      }
    },
  },
  {
    name: 'coordinator slow',
    lasts: [0.3, 3],
    begin({ coordinatorHealth, configuration, random }) {
      coordinatorHealth.slowMs = configuration.leaseMs * random.pick([0.1, 0.5, 1.5])
      return () => {
        coordinatorHealth.slowMs = 0
      }
    },
  },
  {
    name: 'coordinator forgets',
    lasts: [0, 0],
    begin({ coordinator, coverage }) {
      coverage.count('coordinator forgot')
      coordinator.forget()
      return nothing
    },
  },
  {
    name: 'coordinator goes back',
    lasts: [0.2, 4],
    begin({ coordinator, coverage }) {
      const snapshot = coordinator.snapshot()
      return () => {
        coverage.count('coordinator went back')
        coordinator.restore(snapshot)
      }
    },
  },
  {
    name: 'coordinator splits',
    lasts: [0.5, 5],
    begin(world) {
      const ids = brokerIds(world)
      world.coverage.count('coordinator split')
      world.coordinator.split(world.random.sample(ids, world.random.integer(1, ids.length - 1)))
      return () => world.coordinator.heal(world.random.chance(0.5) ? 'main' : 'other')
    },
  },
  {
    // A store of another make, or one written to by hand: whatever it does, an epoch is its owner's.
    name: 'coordinator mixes owners up',
    lasts: [0.5, 4],
    begin({ coordinatorHealth, brokers, random }) {
      coordinatorHealth.ownerIndex = random.integer(0, brokers.length - 1)
      return () => {
        coordinatorHealth.ownerIndex = null
      }
    },
  },
  {
    name: 'coordinator clock',
    lasts: [0, 0],
    begin({ coordinator, configuration, coverage, random }) {
      coverage.count('coordinator clock jumped')
      const aLease = random.between(-2, 2) * configuration.leaseMs
      coordinator.jumpClock(random.chance(0.5) ? aLease : random.between(-3_600_000, 3_600_000))
      return nothing
    },
  },
]
