import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { brokerId, epoch, queryNumber, timestampRead } from './fields.ts'

/** What a broker writes down. New types may come: a reader shows the text of those it does not know. */
export const journalTypes = [
  'started',
  'stopped',
  'role-changed',
  'leader-changed',
  'isr-changed',
  'heartbeat-missed',
  'lease-expired',
  'write-fenced',
  'coordinator-lost',
  'coordinator-back',
  'topic-created',
  'topic-deleted',
  'records-deleted',
  'log-failed',
  'disk-full',
  'disk-room',
  'notice',
] as const

/** One of `journalTypes`; a broker of a later version may have others. */
export type JournalType = (typeof journalTypes)[number]

/** Ascending: a reader asks for one and gets those after it too. */
export const journalLevels = ['info', 'warn', 'error'] as const

/** One of `journalLevels`. */
export const journalLevelSchema = z.enum(journalLevels)

/** One of `journalLevels`. */
export type JournalLevel = z.infer<typeof journalLevelSchema>

const seq = z.int().meta({ description: 'Of its broker; from 1 on, never used twice.', examples: [121] })

const seqByBroker = z.record(z.string(), seq).meta({ examples: [{ '1': 121, '2': 44 }] })

/** Something that happened to a broker: when, which sentence, and the facts for a program. */
export const journalEntrySchema = z
  .object({
    seq,
    at: timestampRead.meta({ description: 'Milliseconds since 1970, by the clock of its broker.' }),
    brokerId,
    epoch: epoch.meta({ description: 'The highest leader epoch the broker knew; -1: none.' }),
    type: z.string().meta({ description: `One of ${journalTypes.join(', ')}; new ones may come.` }),
    level: journalLevelSchema,
    text: z.string().meta({ description: 'A sentence for a person.' }),
    data: z.record(z.string(), z.unknown()).meta({ description: 'The same for a program, by type.' }),
  })
  .meta({
    id: 'JournalEntry',
    examples: [
      {
        seq: 121,
        at: 1_767_225_699_000,
        brokerId: '1',
        epoch: 8,
        type: 'leader-changed',
        level: 'info',
        text: 'Broker 3 leads since epoch 8.',
        data: { leaderId: '3', epoch: 8 },
      },
    ],
  })

/** What `journalEntrySchema` gives: something that happened to a broker. */
export type JournalEntry = z.infer<typeof journalEntrySchema>

/** A broker whose entries are not among those of an answer, and why. */
export const missingBrokerSchema = z
  .object({ brokerId, detail: z.string().meta({ description: 'Why it could not be read.' }) })
  .meta({ id: 'MissingBroker' })

/** What `missingBrokerSchema` gives. */
export type MissingBroker = z.infer<typeof missingBrokerSchema>

const afterPattern = /^(\d{1,15}|[^\s,:]{1,64}:\d{1,15}(,[^\s,:]{1,64}:\d{1,15})*)$/

/** `120` is for whichever broker is asked; `1:120,2:44` names each. */
const afterSchema = z
  .string()
  .regex(afterPattern, 'Give a number, or one for each broker such as 1:120,2:44')
  .transform((text): number | Record<string, number> => {
    if (!text.includes(':')) return Number(text)
    return Object.fromEntries(
      text.split(',').map((part) => {
        const [broker, seq] = part.split(':') as [string, string]
        return [broker, Number(seq)]
      }),
    )
  })
  .meta({
    description:
      'Entries after this `seq`, oldest first: a number, or one for each broker. Without it: the newest `limit`.',
    examples: ['120', '1:120,2:44'],
  })

/** Whose it is, of what any broker is asked for. */
export const brokerQuery = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .prefault('self')
  .meta({ description: '`self`, `all`, or the id of a broker, which this one asks.', examples: ['all'] })

/** The query of `GET /v1/journal`. */
export const journalQuerySchema = z
  .strictObject({
    broker: brokerQuery,
    after: afterSchema.optional(),
    before: queryNumber(1, LIMITS.maxOffset)
      .optional()
      .meta({ description: 'The newest `limit` entries before this `seq`; of one broker.' }),
    limit: queryNumber(1, LIMITS.maxJournalAnswerEntries)
      .prefault(LIMITS.defaultJournalAnswerEntries)
      .meta({ description: 'Entries to answer with at most.' }),
    level: journalLevelSchema.prefault('info').meta({ description: 'Entries of at least this level.' }),
  })
  .meta({ id: 'JournalQuery' })

/** What `journalQuerySchema` gives, defaults filled in. */
export type JournalQuery = z.infer<typeof journalQuerySchema>

/** `GET /v1/journal`. */
export const journalResponseSchema = z
  .object({
    brokerId: brokerId.meta({ description: 'Who answers.' }),
    asOf: timestampRead,
    entries: z
      .array(journalEntrySchema)
      .meta({ description: 'Oldest first, merged by time; those of one broker in the order of seq.' }),
    after: seqByBroker.meta({ description: 'Where to go on: give it as `after`.' }),
    first: seqByBroker.meta({
      description: 'The oldest entry each broker still has; one more than its last when none.',
    }),
    missing: z.array(missingBrokerSchema).meta({ description: 'Brokers that could not be read.' }),
  })
  .meta({
    id: 'JournalResponse',
    examples: [
      {
        brokerId: '1',
        asOf: 1_767_225_700_000,
        entries: [
          {
            seq: 121,
            at: 1_767_225_699_000,
            brokerId: '1',
            epoch: 8,
            type: 'leader-changed',
            level: 'info',
            text: 'Broker 3 leads since epoch 8.',
            data: { leaderId: '3', epoch: 8 },
          },
        ],
        after: { '1': 121, '2': 44 },
        first: { '1': 1, '2': 1 },
        missing: [{ brokerId: '3', detail: 'http://127.0.0.1:5003 did not answer within 2000 ms.' }],
      },
    ],
  })

/** What `journalResponseSchema` gives: the answer of `GET /v1/journal`. */
export type JournalResponse = z.infer<typeof journalResponseSchema>
