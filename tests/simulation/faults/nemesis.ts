import { FAULTS, type FaultName } from '../configuration.ts'
import { ambush } from './ambush.ts'
import { changeMembers } from './change-members.ts'
import { changeSettings } from './change-settings.ts'
import { cutShortDeletion } from './cut-short-deletion.ts'
import { disaster } from './disaster.ts'
import { diskFaults } from './disk-faults.ts'
import type { Fault, FaultyWorld } from './fault.ts'
import { hastyOperator } from './hasty-operator.ts'
import { island } from './island.ts'
import { laggard } from './laggard.ts'
import { letGoUpToATail } from './let-go-up-to-a-tail.ts'
import { lostIsr } from './lost-isr.ts'
import { coordinatorFaults, networkFaults } from './network-faults.ts'
import { otherMembers } from './other-members.ts'
import { outbidder } from './outbidder.ts'
import { processFaults } from './process-faults.ts'
import { relaxedTail } from './relaxed-tail.ts'
import { secondProcess } from './second-process.ts'
import { staleCoordinator } from './stale-coordinator.ts'
import { suspectCoordinator } from './suspect-coordinator.ts'
import { usurper } from './usurper.ts'
import { wokenWithoutLease } from './woken-without-lease.ts'
import { wrongFolder } from './wrong-folder.ts'

const faultsByName: ReadonlyMap<FaultName, Fault> = new Map(
  [
    ...processFaults,
    ...diskFaults,
    ...networkFaults,
    ...coordinatorFaults,
    ambush,
    laggard,
    usurper,
    outbidder,
    island,
    letGoUpToATail,
    cutShortDeletion,
    disaster,
    hastyOperator,
    otherMembers,
    secondProcess,
    staleCoordinator,
    lostIsr,
    suspectCoordinator,
    changeSettings,
    changeMembers,
    wrongFolder,
    wokenWithoutLease,
    relaxedTail,
  ].map((fault) => [fault.name, fault]),
)
const missing = FAULTS.filter((name) => !faultsByName.has(name))
if (missing.length > 0) throw new Error(`No code for the faults ${missing.join(', ')}.`)

/** Lets the faults of the configuration happen at random times, several at once, and ends them all in the end. */
export class Nemesis {
  readonly #world: FaultyWorld
  readonly #ends = new Set<() => void>()
  #isOver = false

  constructor(world: FaultyWorld) {
    this.#world = world
  }

  start(): void {
    const { random, configuration } = this.#world
    if (configuration.faults.length === 0) return
    this.#world.schedule(random.exponential(configuration.meanFaultPauseMs), () => {
      if (this.#isOver) return
      this.#strike(faultsByName.get(random.pick(configuration.faults))!)
      this.start()
    })
  }

  /** Everything that goes on ends now; nothing new begins. */
  end(): void {
    this.#isOver = true
    for (const end of [...this.#ends]) end()
  }

  #strike(fault: Fault): void {
    const { random, configuration, trace } = this.#world
    const heal = fault.begin(this.#world)
    if (heal === undefined) return
    trace.note('nemesis', () => `${fault.name} begins`)
    const end = () => {
      if (!this.#ends.delete(end)) return
      trace.note('nemesis', () => `${fault.name} ends`)
      heal()
    }
    this.#ends.add(end)
    const [low, high] = fault.lasts
    if (high > 0) this.#world.schedule(random.between(low, high) * configuration.leaseMs, end)
  }
}
