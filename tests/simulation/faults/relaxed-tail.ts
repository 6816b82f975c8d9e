import { coordinatorGroup } from '../coordinator-link.ts'
import { isRelaxedKey } from '../topic-list.ts'
import { type Fault, type FaultyBroker, type FaultyWorld, oneAtATime } from './fault.ts'

/**
 * Of a relaxed topic a power cut takes the end from two of three brokers; the third has it still, and is away. One of the two leads, writes something else in its place that
 * nobody has besides, and is elected again by the third one, which knows of records under those offsets that they were committed. They were others. Alone: any other
 * fault could commit what was written in their place.
 */
export const relaxedTail: Fault = oneAtATime({
  name: 'relaxed tail',
  lasts: [6, 8],
  begin(world) {
    const { brokers, random, coordinator, coverage, trace, configuration } = world
    const isr = coordinator.snapshot().get(coordinatorGroup)?.isr ?? []
    const isWell = (broker: FaultyBroker) => broker.state === 'running' && broker.hasAllPartitions
    const leader = brokers.find((broker) => broker.isLeader)
    if (leader === undefined || isr.length < brokers.length || !brokers.every(isWell)) return undefined
    const third = random.pick(brokers.filter((broker) => broker !== leader))
    const two = brokers.filter((broker) => broker !== third)
    let step: 'commits' | 'loses' | 'writes' | 'is elected again' | 'over' = 'commits'
    let committedEnd = 0
    let end = 0
    const stopListening = world.onMoment((broker, moment) => {
      if (step === 'commits' && broker === leader && moment === 'acknowledges') {
        committedEnd = relaxedOf(world, third)?.highWatermark ?? 0
        if (committedEnd === 0) return
        step = 'loses'
        third.isHeldDown = true
        third.kill()
        world.schedule(0, () => {
          for (const one of two) one.powerCut()
          for (const one of two) one.start()
        })
      } else if (step === 'loses' && moment === 'begins to lead') {
        end = relaxedOf(world, broker)?.endOffset ?? 0
        step = end < committedEnd ? 'writes' : 'over'
        if (step === 'writes') writesAlone(broker, two.find((one) => one !== broker)!)
      } else if (step === 'is elected again' && moment === 'announces itself') {
        step = 'over'
        coverage.count('relaxed tail')
        const { highWatermark = 0, endOffset = 0 } = relaxedOf(world, broker) ?? {}
        trace.note(
          'nemesis',
          () => `${broker.id} begins with ${highWatermark}/${endOffset}, and alone with what lies above ${end}`,
        )
        if (broker !== third && highWatermark > end)
          world.fail(
            `I8: ${broker.id} takes up to ${highWatermark} for committed, and has alone what lies above ${end}.`,
          )
      }
    })
    /** Cut off from the other at once, so that what it writes is its own. */
    const writesAlone = (next: FaultyBroker, other: FaultyBroker) => {
      other.isHeldDown = true
      other.kill()
      const look = () => {
        if (step !== 'writes') return
        if ((relaxedOf(world, next)?.endOffset ?? 0) <= end) {
          world.schedule(configuration.leaseMs / 50, look)
          return
        }
        step = 'is elected again'
        next.kill()
        next.start()
        third.isHeldDown = false
        third.start()
      }
      look()
    }
    return () => {
      step = 'over'
      stopListening()
      for (const broker of brokers) {
        broker.isHeldDown = false
        if (broker.state === 'down') broker.start()
      }
    }
  },
})

function relaxedOf({ configuration }: FaultyWorld, broker: FaultyBroker) {
  return broker.standing().find(({ key }) => isRelaxedKey(configuration, key))
}
