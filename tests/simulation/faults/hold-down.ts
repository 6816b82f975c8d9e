import { type FaultyBroker, type FaultyWorld, isUp } from './fault.ts'

/** What an operator does who wants a broker to stay down: it stops in one way or another. */
export function stop(world: FaultyWorld, broker: FaultyBroker): void {
  broker.isHeldDown = true
  if (!isUp(broker)) return
  const way = world.random.pick(['gracefully', 'killed', 'without power'] as const)
  if (way === 'gracefully' && broker.state === 'running') broker.stopGracefully()
  else if (way === 'without power') broker.powerCut()
  else broker.kill()
}

/** It may be up again. */
export function release(broker: FaultyBroker): void {
  broker.isHeldDown = false
  if (broker.state === 'down') broker.start()
}
