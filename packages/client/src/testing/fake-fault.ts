import type { ErrorCode } from '@yak/protocol'

/** A request as it reaches a fake broker. */
export interface FakeRequest {
  /** Of the broker that it reaches. */
  readonly brokerId: string
  /** Of that broker. */
  readonly url: string
  /** `GET`, `POST` or `DELETE`. */
  readonly method: string
  /** Without its query. */
  readonly path: string
}

/**
 * What goes wrong with a request.
 *
 * - `lose-request`: the connection breaks before the broker has read it.
 * - `lose-answer`: the broker does what it says, and the connection breaks before the answer.
 * - `hang`: nothing is done and nothing answered. `hang-after`: done, and not answered.
 * - `problem`: refused with this code, and Retry-After where it is given. `html`: answered by something that is no broker.
 * - `delay`: as usual, later.
 */
export type FakeFault =
  | { readonly kind: 'lose-request' | 'lose-answer' | 'hang' | 'hang-after' | 'html' }
  | {
      readonly kind: 'problem'
      readonly code: ErrorCode
      readonly details?: Readonly<Record<string, unknown>>
      readonly retryAfterSeconds?: number
    }
  | { readonly kind: 'delay'; readonly delayMs: number }

/** A batch as it reaches a fake partition. */
export interface FakeEntry {
  /** Its name. */
  readonly topic: string
  /** From 0 on. */
  readonly partition: number
  /** The sequence of the batch's first record; -1 without idempotence. */
  readonly baseSequence: number
  /** Of the producer's present life; -1 without idempotence. */
  readonly producerEpoch: number
  /** How many records the batch has. */
  readonly recordCount: number
}

/** What the broker says of a batch instead; `isWritten`: and writes it all the same. */
export interface FakeEntryFault {
  /** What the answer says went wrong. */
  readonly code: ErrorCode
  /** The batch is appended in spite of it. Default false. */
  readonly isWritten?: boolean
}
