import type { ErrorCode, YakError } from '@yak/protocol'
import { diagnostics } from './diagnostics.ts'
import { TypedEmitter } from './typed-emitter.ts'

/** What `client.on(name, listener)` tells of. */
export interface ClientEvents {
  /** The leader answers. At the start, and again after `disconnected`. */
  readonly connected: { readonly brokerId: string; readonly url: string; readonly epoch: number }
  /** The leader no longer answers, or says that it leads no more. The client looks for another by itself. */
  readonly disconnected: { readonly url: string; readonly error: YakError }
  /** Another broker leads, or the same one under a new epoch. `from` is undefined at the start. */
  readonly 'leader-changed': {
    readonly from: { readonly brokerId: string; readonly url: string; readonly epoch: number } | undefined
    readonly to: { readonly brokerId: string; readonly url: string; readonly epoch: number }
  }
  /** A broker spoke of an epoch below the highest known; its answer was not used. */
  readonly 'stale-answer': { readonly url: string; readonly epoch: number; readonly highestEpoch: number }
  /** A batch, a fetch or a call is tried again after `delayMs`. */
  readonly retry: {
    readonly operation: 'produce' | 'fetch' | 'call'
    readonly topic?: string
    readonly partition?: number
    readonly code: ErrorCode
    readonly message: string
    readonly attempts: number
    readonly delayMs: number
  }
  /**
   * Records were given up, by other than their signals. `outcome` says whether they may still be written. `partition` is undefined
   * for those that had none yet: the topic could not be looked up, or there was no room.
   */
  readonly 'delivery-failed': {
    readonly topic: string
    readonly partition: number | undefined
    readonly recordCount: number
    readonly outcome: 'not-written' | 'unknown'
    readonly error: YakError
  }
  /** A sequence gap was proven: the producer goes on in this partition under a new epoch. */
  readonly 'producer-epoch-raised': {
    readonly topic: string
    readonly partition: number
    readonly producerId: number
    readonly producerEpoch: number
  }
  /** A consumer's topic does not exist yet, or no more; the consumer goes on without it and takes it up when it is there. */
  readonly 'topic-missing': { readonly topic: string }
  /** A consumer began with partitions it did not have: at the start, or because the topic or partitions are new. */
  readonly 'partitions-added': { readonly topic: string; readonly partitions: readonly number[] }
  /** A consumer was out of range and went on elsewhere, as `onOffsetOutOfRange` asks. */
  readonly 'offset-reset': {
    readonly topic: string
    readonly partition: number
    readonly from: number
    readonly to: number
  }
}

/** The events of one client; every one goes to the diagnostics channel too. */
export class ClientEmitter extends TypedEmitter<ClientEvents> {
  override has(name: keyof ClientEvents): boolean {
    return diagnostics.event.hasSubscribers || super.has(name)
  }

  override emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
    if (diagnostics.event.hasSubscribers) diagnostics.event.publish({ name, event })
    super.emit(name, event)
  }
}
