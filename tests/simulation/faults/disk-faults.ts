import { type Fault, type FaultyBroker, type FaultyWorld, isUp, someBroker } from './fault.ts'
import { comeBack } from './process-faults.ts'

/** A disk that errs for a while. A log whose sync failed stays failed until the broker is started anew, so it is. */
const withHealth = (
  world: FaultyWorld,
  change: (broker: FaultyBroker) => void,
  heal: (broker: FaultyBroker) => void,
): (() => void) | undefined => {
  const broker = someBroker(world, isUp)
  if (broker === undefined) return undefined
  change(broker)
  return () => heal(broker)
}

const restartAfterErrors = (broker: FaultyBroker): void => {
  if (isUp(broker)) broker.kill()
  if (broker.state === 'down') broker.start()
}

export const diskFaults: readonly Fault[] = [
  {
    name: 'power cut',
    lasts: [0.02, 2],
    begin(world) {
      const broker = someBroker(world, isUp)
      if (broker === undefined) return undefined
      world.coverage.count('power cut')
      broker.powerCut()
      return () => comeBack(world, [broker])
    },
  },
  {
    name: 'power cut of all',
    lasts: [0.02, 1],
    begin(world) {
      const cut = world.brokers.filter(isUp)
      for (const broker of cut) broker.powerCut()
      world.coverage.count('power cut of all')
      return () => comeBack(world, cut)
    },
  },
  {
    name: 'replace disk',
    lasts: [0.05, 2],
    begin(world) {
      const broker = someBroker(world, (candidate) => isUp(candidate) && world.mayLoseDisk(candidate))
      if (broker === undefined) return undefined
      broker.kill()
      broker.replaceDisk()
      world.coverage.count('disk replaced')
      return () => comeBack(world, [broker])
    },
  },
  {
    name: 'flip bit',
    lasts: [0.05, 1],
    begin(world) {
      const broker = someBroker(world, (candidate) => isUp(candidate) && world.mayLoseDisk(candidate))
      if (broker === undefined) return undefined
      broker.kill()
      if (broker.flipBit()) world.coverage.count('bit flipped')
      return () => comeBack(world, [broker])
    },
  },
  {
    name: 'write errors',
    lasts: [0.1, 1],
    begin: (world) =>
      withHealth(
        world,
        ({ diskHealth }) => {
          diskHealth.writeErrorRate = world.random.pick([0.02, 0.3])
        },
        (broker) => {
          broker.diskHealth.writeErrorRate = 0
          restartAfterErrors(broker)
        },
      ),
  },
  {
    name: 'sync errors',
    lasts: [0.1, 1],
    begin: (world) =>
      withHealth(
        world,
        ({ diskHealth }) => {
          diskHealth.syncErrorRate = world.random.pick([0.02, 0.3])
        },
        (broker) => {
          broker.diskHealth.syncErrorRate = 0
          restartAfterErrors(broker)
        },
      ),
  },
  {
    name: 'disk full',
    lasts: [0.2, 2],
    begin: (world) =>
      withHealth(
        world,
        ({ diskHealth }) => {
          diskHealth.isFull = true
        },
        (broker) => {
          broker.diskHealth.isFull = false
          // It goes on by itself; a restart must be as good.
          if (world.random.chance(0.2)) restartAfterErrors(broker)
        },
      ),
  },
  {
    name: 'disk stall',
    lasts: [0.2, 2],
    begin: (world) =>
      withHealth(
        world,
        ({ diskHealth }) => {
          diskHealth.stallMs = world.random.pick([5, 50, 500, 2.5 * world.configuration.leaseMs])
        },
        ({ diskHealth }) => {
          diskHealth.stallMs = 0
        },
      ),
  },
]
