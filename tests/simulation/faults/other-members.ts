import { type Fault, isUp, oneAtATime } from './fault.ts'

/**
 * One broker is started with a list of members from which some are missing: by that list fewer make a quorum, and other epochs are its own. Nobody
 * may hear it until it has the right one again. Two that are wrong in the same way would be a cluster of their own. Where the coordinator forgets, its epochs might be given twice: that is left out.
 */
export const otherMembers: Fault = oneAtATime({
  name: 'other members',
  lasts: [1, 5],
  begin(world) {
    const { brokers, random, coverage, trace } = world
    const broker = random.pick(brokers)
    if (!isUp(broker) || !broker.isWhole) return undefined
    const few = random.sample(
      brokers.filter((other) => other !== broker).map(({ id }) => id),
      random.pick([1, 2]),
    )
    const members = [broker.id, ...few].sort()
    coverage.count('other members')
    trace.note('nemesis', () => `${broker.id} starts with the members ${members.join(', ')}`)
    broker.kill()
    broker.startAmong(members)
    return () => {
      if (broker.state !== 'down') broker.kill()
      broker.start()
    }
  },
})
