import { type Fault, type FaultyBroker, type FaultyWorld, isUp, oneAtATime } from './fault.ts'

/**
 * An operator gives brokers up that are only slow: one has fallen behind, all go down, and that one is told to lead without the
 * others, which come back while it asks for them. Nothing need be given up, so nothing may be: a cut of the history fails the run. It comes
 * with no other fault, for another could keep them away in earnest.
 */
export const hastyOperator: Fault = oneAtATime({
  name: 'hasty operator',
  lasts: [4, 6],
  begin(world) {
    const { brokers, random, network, configuration, coverage } = world
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.isWhole && broker.hasAllPartitions
    if (coverage.of('election') === 0 || !brokers.every(isWell)) return undefined
    coverage.count('hasty operator')
    const chosen = random.pick(brokers)
    const others = brokers.filter((broker) => broker !== chosen)
    const ids = others.map(({ id }) => id)
    network.cut([chosen.id], ids)
    network.cut(ids, [chosen.id])
    let isOver = false
    world.schedule(configuration.leaseMs * random.between(0, 2), () => {
      network.restore([chosen.id], ids)
      network.restore(ids, [chosen.id])
      if (!isOver) strike(world, chosen, others)
    })
    return () => {
      isOver = true
      for (const broker of brokers) if (broker.state === 'down') broker.start()
    }
  },
})

function strike(world: FaultyWorld, chosen: FaultyBroker, others: readonly FaultyBroker[]): void {
  const { random, configuration, trace } = world
  trace.note('nemesis', () => `all go down, ${chosen.id} is to lead`)
  for (const broker of [chosen, ...others]) if (isUp(broker)) broker.kill()
  const stopListening = world.onMoment((broker, moment) => {
    if (broker !== chosen || moment !== 'asks for promises') return
    stopListening()
    for (const other of others) {
      world.schedule(configuration.leaseMs * random.between(0, 0.4), () => {
        if (other.state === 'down') other.start()
      })
    }
  })
  chosen.startUnsafely()
}
