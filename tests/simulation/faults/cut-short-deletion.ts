import { type Fault, isUp, oneAtATime } from './fault.ts'
import { comeBack } from './process-faults.ts'

/**
 * All brokers go in the very moment in which a client is told that records are deleted, before any of them has let go of them. Whoever leads next has only
 * the record of the topic list to know it by; and of a relaxed topic a power cut may have taken as much.
 */
export const cutShortDeletion: Fault = oneAtATime({
  name: 'cut short deletion',
  lasts: [2, 4],
  begin(world) {
    const { random, coverage, trace } = world
    const isPowerCut = random.chance(0.5)
    const stopListening = world.onMoment((broker, moment) => {
      if (moment !== 'deletes records') return
      stopListening()
      world.schedule(random.exponential(random.pick([0.01, 0.5])), () => {
        const up = world.brokers.filter(isUp)
        coverage.count('cut short deletion')
        trace.note(
          'nemesis',
          () => `${broker.id} has deleted records, and all ${isPowerCut ? 'lose power' : 'are killed'}`,
        )
        for (const one of up) {
          if (isPowerCut) one.powerCut()
          else one.kill()
        }
        comeBack(world, up)
      })
    })
    return stopListening
  },
})
