import type { LeaseObservation, LeaseStore } from '../lease-store.ts'
import { systemPorts } from '../system-ports.ts'

/** Everything one observer has seen, with a way to wait for what is to come. */
export class ObservationLog {
  /** Every observation so far, oldest first. */
  readonly seen: LeaseObservation[] = []
  readonly #waiting = new Set<() => void>()
  readonly #stop: () => void

  constructor(store: LeaseStore, group: string) {
    this.#stop = store.observe(group, (observation) => {
      this.seen.push(observation)
      for (const wake of [...this.#waiting]) wake()
    })
  }

  /** The first observation, past ones included, that fits; fails after `withinMs`. */
  until(fits: (observation: LeaseObservation) => boolean, withinMs = 10_000): Promise<LeaseObservation> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.seen.find(fits)
        if (found === undefined) return
        this.#waiting.delete(look)
        cancel()
        resolve(found)
      }
      const cancel = systemPorts.schedule(withinMs, () => {
        this.#waiting.delete(look)
        reject(
          new Error(
            `Not observed within ${withinMs} ms; seen: ${JSON.stringify(this.seen.map(({ record }) => record))}`,
          ),
        )
      })
      this.#waiting.add(look)
      look()
    })
  }

  /** Observes no more; what was seen stays. */
  stop(): void {
    this.#stop()
  }
}
