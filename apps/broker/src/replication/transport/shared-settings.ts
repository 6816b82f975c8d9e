import { z } from 'zod'

/** A coordinator as a broker knows it. */
export interface CoordinatorId {
  /** For messages: without user and password. */
  readonly address: string
  /** What the coordinator says it is called; see `LeaseStore.identify`. */
  readonly id: string
  /** How long ago it said so, in milliseconds. */
  readonly ageMs: number
  /** Of the lease as it stood then; undefined: a broker of an earlier version does not say. */
  readonly epoch?: number | undefined
}

/** What must be alike on all brokers of a cluster, and is part of no message between them. */
export interface SharedSettings {
  /** Empty until it has formed or joined one. */
  readonly clusterId: string
  /** Who takes part and how many must have a record, in words. */
  readonly members: string
  readonly group: string
  readonly leaseMs: number
  /** Null: it is out of reach, or does not say. */
  readonly coordinator: CoordinatorId | null
}

const text = z.string().min(1).max(10_000)

const schema = z.object({
  clusterId: z.string().max(1_000),
  members: text,
  group: text,
  leaseMs: z.int().positive(),
  coordinator: z
    .object({ address: text, id: text, ageMs: z.number().nonnegative(), epoch: z.int().nonnegative().optional() })
    .nullable(),
})

export function encodeSharedSettings(settings: SharedSettings): string {
  return JSON.stringify(settings)
}

/** Undefined: it is none, as that of an earlier version. */
export function decodeSharedSettings(body: Uint8Array): SharedSettings | undefined {
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(body))).data
  } catch {
    return undefined
  }
}
