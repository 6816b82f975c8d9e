import { type Fault, oneAtATime } from './fault.ts'

/**
 * A follower hears nobody but a coordinator of its own, which gives it the lease. It promises itself an epoch above that of the leader, nobody else does,
 * and when it is back the other coordinator knows nothing of it: the leader serves, and is below what this broker has promised.
 */
export const outbidder: Fault = oneAtATime({
  name: 'outbidder',
  // A lease until it asks for one, and time to ask.
  lasts: [1.5, 3],
  begin({ brokers, network, random, coordinator, coverage, trace }) {
    const followers = brokers.filter((broker) => !broker.isLeader && broker.state === 'running')
    if (followers.length === brokers.length || followers.length === 0) return undefined
    const { id } = random.pick(followers)
    const others = brokers.map((broker) => broker.id).filter((other) => other !== id)
    network.cut([id], others)
    network.cut(others, [id])
    coordinator.split([id])
    coverage.count('outbidder')
    trace.note('nemesis', () => `${id} is to outbid the leader`)
    return () => {
      network.restore([id], others)
      network.restore(others, [id])
      coordinator.heal('main')
    }
  },
})
