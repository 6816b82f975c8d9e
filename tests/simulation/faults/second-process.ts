import { coordinatorGroup } from '../coordinator-link.ts'
import { type Fault, oneAtATime } from './fault.ts'

/**
 * A second process is started by mistake under the id of a follower, with an empty disk, and asks the leader for everything. It is refused for as long as
 * the first is heard, and the first is not disturbed: it stays in the ISR. Alone: any other fault could take it out.
 */
export const secondProcess: Fault = oneAtATime({
  name: 'second process',
  lasts: [0.5, 3],
  begin(world) {
    const { brokers, random, coverage, trace, coordinator, configuration } = world
    const isr = coordinator.snapshot().get(coordinatorGroup)?.isr ?? []
    const followers = brokers.filter(
      (broker) => !broker.isLeader && broker.state === 'running' && broker.hasAllPartitions,
    )
    if (followers.length < brokers.length - 1 || isr.length < brokers.length) return undefined
    const first = random.pick(followers)
    const second = world.startSecond(first)
    coverage.count('second process')
    trace.note('nemesis', () => `a second process is started under the id ${first.id}`)
    let isOver = false
    const ask = () => {
      if (isOver) return
      second.fetch()
      world.schedule(random.between(0.02, 0.2) * configuration.leaseMs, ask)
    }
    ask()
    return () => {
      isOver = true
      second.end()
    }
  },
})
