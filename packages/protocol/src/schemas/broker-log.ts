import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { brokerId, queryNumber, timestampRead } from './fields.ts'
import { brokerQuery, missingBrokerSchema } from './journal.ts'

const exampleLog = {
  brokerId: '1',
  total: 42,
  lines: ['{"level":30,"time":1767225600000,"broker":"1","url":"http://127.0.0.1:5001","msg":"serving"}'],
}

/** The newest lines of one broker's log. */
const brokerLogSchema = z
  .object({
    brokerId,
    total: z
      .int()
      .meta({ description: 'Lines since its process started, those that are not kept any more among them.' }),
    lines: z
      .array(z.string())
      .meta({ description: 'Oldest first, as they were written: JSON, unless one was so long that it was cut.' }),
  })
  .meta({ id: 'BrokerLog', examples: [exampleLog] })

/** What `brokerLogSchema` gives: the newest lines of one broker's log. */
export type BrokerLog = z.infer<typeof brokerLogSchema>

/** The query of `GET /v1/broker-log`. */
export const brokerLogQuerySchema = z
  .strictObject({
    broker: brokerQuery,
    limit: queryNumber(1, LIMITS.maxKeptLogLines)
      .prefault(LIMITS.defaultLogAnswerLines)
      .meta({ description: 'Lines of each broker at most, the newest.' }),
  })
  .meta({ id: 'BrokerLogQuery' })

/** `GET /v1/broker-log`. */
export const brokerLogResponseSchema = z
  .object({
    brokerId: brokerId.meta({ description: 'Who answers.' }),
    asOf: timestampRead,
    brokers: z.array(brokerLogSchema).meta({ description: 'By id.' }),
    missing: z.array(missingBrokerSchema).meta({ description: 'Brokers that could not be asked.' }),
  })
  .meta({
    id: 'BrokerLogResponse',
    examples: [
      {
        brokerId: '1',
        asOf: 1_767_225_700_000,
        brokers: [exampleLog],
        missing: [{ brokerId: '3', detail: 'http://127.0.0.1:5003 did not answer within 2000 ms.' }],
      },
    ],
  })

/** What `brokerLogResponseSchema` gives: the answer of `GET /v1/broker-log`. */
export type BrokerLogResponse = z.infer<typeof brokerLogResponseSchema>
