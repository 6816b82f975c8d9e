/**
 * What must not happen, after Jepsen's Kafka workload (`jepsen/src/jepsen/tests/kafka.clj`). Each has a history in
 * `checker.test.ts` that shows it and nothing else.
 */
export const ANOMALIES = {
  'lost write': 'acknowledged, below the highest offset read, never read',
  unseen: 'acknowledged, and not there at the end',
  'read lost': 'read by a consumer, and not there at the end',
  duplicate: 'one value at more than one offset',
  'inconsistent offset': 'two values at one offset, by acknowledgement or by read',
  'aborted read': 'a value read whose send had definitely failed',
  phantom: 'a value read that nobody sent',
  order: "a producer's later send has the lower offset, or offsets go against real time",
  'poll skip': "a consumer's positions jump over records",
  'poll back': "a consumer's positions go back",
  'uncommitted read': 'a record at or above the high watermark it was answered with',
  'HW back': 'a client saw the high watermark fall',
  'replica mismatch': 'two replicas differ in a byte below the high watermark',
} as const

export type AnomalyKind = keyof typeof ANOMALIES

export interface Anomaly {
  readonly kind: AnomalyKind
  readonly partition: string
  /** One sentence with the values, offsets and clients, for a person who has the history at hand. */
  readonly detail: string
}
