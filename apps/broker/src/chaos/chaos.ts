import { YakError } from '@yak/protocol'
import type { ChaosAction, ChaosRequest } from '@yak/protocol/schemas'
import type { CuttableLeaseStore } from './cuttable-lease-store.ts'

/** What can be done to the process of this broker; nobody does it to one that has others in it. */
export interface ProcessChaos {
  /** Resolves when it is paused, which is when it goes on. */
  pause(forMs: number): Promise<void>
  kill(): void
}

export interface ChaosOptions {
  readonly process: ProcessChaos | undefined
  /** Writes it down; resolves when that is on disk. */
  readonly tell: (text: string) => Promise<void>
}

/** Hurts this broker when it is asked to, for development: there is one only with `--chaos true`. */
export class Chaos {
  readonly #options: ChaosOptions
  #coordinator: CuttableLeaseStore | undefined

  constructor(options: ChaosOptions) {
    this.#options = options
  }

  /** Undefined: a broker alone has no coordinator to be cut off from. */
  connect(coordinator: CuttableLeaseStore | undefined): void {
    this.#coordinator = coordinator
  }

  get actions(): ChaosAction[] {
    return [
      ...(this.#options.process === undefined ? [] : (['pause', 'kill'] as const)),
      ...(this.#coordinator === undefined ? [] : (['cut-coordinator'] as const)),
    ]
  }

  /** Throws INVALID_REQUEST for what cannot be done to this broker. */
  assertPossible(action: ChaosAction): void {
    if (this.actions.includes(action)) return
    const possible = this.actions.length === 0 ? 'Nothing can.' : `Possible here: ${this.actions.join(', ')}.`
    throw new YakError('INVALID_REQUEST', `${action} cannot be done to this broker. ${possible}`)
  }

  async act({ action, forMs }: ChaosRequest): Promise<void> {
    this.assertPossible(action)
    const { process, tell } = this.#options
    if (action === 'kill') {
      await tell('Chaos: this broker kills itself now.')
      process?.kill()
    } else if (action === 'pause') {
      await tell(`Chaos: this broker is paused for ${forMs} ms.`)
      await process?.pause(forMs)
    } else {
      await tell(`Chaos: this broker is cut off from the coordinator for ${forMs} ms.`)
      this.#coordinator?.cut(forMs)
    }
  }
}
