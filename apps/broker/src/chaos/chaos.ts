import { YakError } from '@yak/protocol'
import type { ChaosAction, ChaosRequest } from '@yak/protocol/schemas'
import type { CuttableLeaseStore } from './cuttable-lease-store.ts'
import type { SlowReplicaNetwork } from './slow-replica-network.ts'

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
  /** A leader copies from nobody. */
  readonly isLeading: () => boolean
}

/** What of a broker can be hurt and healed; a broker alone has neither. */
export interface Hurtable {
  readonly cuttableCoordinator: CuttableLeaseStore | undefined
  readonly slowNetwork: SlowReplicaNetwork | undefined
}

/** Hurts this broker when it is asked to, for development: there is one only with `--chaos true`. */
export class Chaos {
  readonly #options: ChaosOptions
  #coordinator: CuttableLeaseStore | undefined
  #network: SlowReplicaNetwork | undefined

  constructor(options: ChaosOptions) {
    this.#options = options
  }

  connect({ cuttableCoordinator, slowNetwork }: Hurtable): void {
    this.#coordinator = cuttableCoordinator
    this.#network = slowNetwork
  }

  get actions(): ChaosAction[] {
    return [
      ...(this.#options.process === undefined ? [] : (['pause', 'kill'] as const)),
      ...(this.#coordinator === undefined ? [] : (['cut-coordinator'] as const)),
      ...(this.#network === undefined ? [] : (['slow-follower'] as const)),
      ...(this.#network?.isSlow || this.#coordinator?.isCut ? (['heal'] as const) : []),
    ]
  }

  /** Throws INVALID_REQUEST for what cannot be done to this broker. */
  assertPossible(action: ChaosAction): void {
    if (action === 'slow-follower' && this.#options.isLeading()) {
      throw new YakError('INVALID_REQUEST', 'This broker leads, so it copies from nobody. Slow one that follows.')
    }
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
    } else if (action === 'slow-follower') {
      await tell(`Chaos: this broker copies late for ${forMs} ms: what it asks of the leader is held back.`)
      this.#network?.slow(forMs, () => void tell('Chaos: this broker copies as fast as it can again.').catch(() => {}))
    } else if (action === 'heal') {
      await tell('Chaos: what was done to this broker ends now.')
      this.#network?.heal()
      this.#coordinator?.heal()
    } else {
      await tell(`Chaos: this broker is cut off from the coordinator for ${forMs} ms.`)
      this.#coordinator?.cut(forMs)
    }
  }
}
