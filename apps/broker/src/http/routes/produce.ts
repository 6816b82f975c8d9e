import { YakError } from '@yak/protocol'
import { produceManyResponseSchema, produceRequestSchema, receiptSchema } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BrokerServices } from '../../broker-services.ts'
import type { RecordFate } from '../../records/json-produce.ts'
import { NamedTopic } from '../../records/named-topic.ts'
import { partErrorOf } from '../../records/part-error.ts'
import { overloaded } from '../request-body.ts'
import { problemResponses } from './problem-responses.ts'

/** Of what is told of one record among many, which may be more than the record had. */
const resultBytes = 64

/** POST /produce: one record, or many, as JSON. */
export function addProduceRoute(plainApp: FastifyInstance, services: BrokerServices): void {
  const { config, metrics } = services
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  app.post(
    '/produce',
    {
      config: { leader: true, writes: true },
      schema: {
        tags: ['records'],
        summary: 'Append one record or many to a topic',
        description:
          'Answers when the records are committed. The topic is created on first use, where that is allowed and a record is good. ' +
          'Of many records each has its own fate: `results` stands in their order, and the status is 200 even when some failed.',
        body: produceRequestSchema,
        response: { 200: z.union([receiptSchema, produceManyResponseSchema]), ...problemResponses },
      },
    },
    async ({ body, exchange }) => {
      const isMany = 'records' in body
      // Now, while a refusal still says the truth: what was written has to be told, whether there is room or not.
      if (isMany && !exchange.tryReserveMore(body.records.length * resultBytes)) throw overloaded()
      const startMs = performance.now()
      const { topics, gate, clock } = services
      const { maxRecordBytes, maxBatchBytes, ackTimeoutMs } = config
      const topic = new NamedTopic(topics, body.topic, { gate, clock, maxRecordBytes, maxBatchBytes, ackTimeoutMs })
      const fates = await topic.produce(isMany ? body.records : [body])
      metrics.produceSeconds.observe((performance.now() - startMs) / 1_000)
      if (isMany) {
        for (const fate of fates) if ('error' in fate) exchange.notePartError(fate.error)
        return { topic: body.topic, results: fates.map(resultOf) }
      }
      const [fate] = fates
      if (fate === undefined) throw new YakError('INTERNAL', 'The record has no fate.')
      if ('error' in fate) throw fate.error
      return { topic: body.topic, ...fate }
    },
  )
}

function resultOf(fate: RecordFate) {
  return 'error' in fate ? { error: partErrorOf(fate.error) } : fate
}
