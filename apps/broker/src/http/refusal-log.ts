import type { ErrorCode, YakError } from '@yak/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { RepeatedEvent } from '../events/repeated-event.ts'

/** Clients of a broker that refuses ask again and again: of each code one entry for all of them within so long. */
const windowMs = 10_000

interface Kept {
  readonly event: RepeatedEvent
  /** Of the newest request that was refused so. */
  detail: string
  requestId: string
}

/**
 * What is refused though the client did nothing wrong: the first of each code at once, and those that follow within ten seconds
 * as one entry with their count. A line for each would cost a broker that is at its limit more than the refusal does.
 */
export class RefusalLog {
  readonly #log: Pick<FastifyBaseLogger, 'warn'>
  readonly #byCode = new Map<ErrorCode, Kept>()

  constructor(log: Pick<FastifyBaseLogger, 'warn'>) {
    this.#log = log
  }

  note({ code, message: detail }: YakError, requestId: string): void {
    let kept = this.#byCode.get(code)
    if (kept === undefined) {
      kept = { event: new RepeatedEvent((count) => this.#tell(code, count), windowMs), detail, requestId }
      this.#byCode.set(code, kept)
    }
    kept.detail = detail
    kept.requestId = requestId
    kept.event.note()
  }

  /** Logs what waits. */
  close(): void {
    for (const { event } of this.#byCode.values()) event.close()
  }

  #tell(code: ErrorCode, count: number): void {
    const { detail, requestId } = this.#byCode.get(code)!
    const entry = { code, detail, requestId }
    if (count === 1) this.#log.warn(entry, 'request refused')
    else this.#log.warn({ ...entry, requests: count }, 'requests refused')
  }
}
