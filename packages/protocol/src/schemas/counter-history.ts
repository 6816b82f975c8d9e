import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { brokerId, timestampRead } from './fields.ts'
import { brokerQuery, missingBrokerSchema } from './journal.ts'

const column = z.array(z.int()).max(LIMITS.maxCounterNotes)

const exampleHistory = {
  brokerId: '1',
  asOf: 1_767_225_700_000,
  startedAt: 1_767_225_600_000,
  at: [1_767_225_690_000, 1_767_225_695_000],
  leads: [true, true],
  recordsIn: [1_020, 1_042],
  recordsOut: [2_040, 2_084],
  recordsReplicated: [0, 0],
  errors: [0, 0],
}

/** What one broker's counters were, in columns: the same index is the same moment. */
export const counterHistorySchema = z
  .object({
    brokerId,
    asOf: timestampRead.meta({ description: 'By its own clock, as `at`: take one from the other for the age.' }),
    startedAt: timestampRead.meta({ description: 'Counters began at 0 then, and no moment is before it.' }),
    at: z
      .array(timestampRead)
      .max(LIMITS.maxCounterNotes)
      .meta({
        description: `Oldest first, about every ${LIMITS.counterNoteMs} ms; at most ${LIMITS.maxCounterNotes}.`,
      }),
    leads: z.array(z.boolean()).max(LIMITS.maxCounterNotes).meta({ description: 'It led at that moment.' }),
    recordsIn: column,
    recordsOut: column,
    recordsReplicated: column,
    errors: column,
  })
  .meta({ id: 'CounterHistory', examples: [exampleHistory] })

/** What `counterHistorySchema` gives: what one broker's counters were. */
export type CounterHistoryJson = z.infer<typeof counterHistorySchema>

/** The query of `GET /v1/counter-history`. */
export const counterHistoryQuerySchema = z.strictObject({ broker: brokerQuery }).meta({ id: 'CounterHistoryQuery' })

/** `GET /v1/counter-history`. */
export const counterHistoryResponseSchema = z
  .object({
    brokerId: brokerId.meta({ description: 'Who answers.' }),
    asOf: timestampRead,
    brokers: z.array(counterHistorySchema).meta({ description: 'By id.' }),
    missing: z.array(missingBrokerSchema).meta({ description: 'Brokers that could not be asked.' }),
  })
  .meta({
    id: 'CounterHistoryResponse',
    examples: [
      {
        brokerId: '1',
        asOf: 1_767_225_700_000,
        brokers: [exampleHistory],
        missing: [{ brokerId: '3', detail: 'http://127.0.0.1:5003 did not answer within 2000 ms.' }],
      },
    ],
  })

/** What `counterHistoryResponseSchema` gives: the answer of `GET /v1/counter-history`. */
export type CounterHistoryResponse = z.infer<typeof counterHistoryResponseSchema>
