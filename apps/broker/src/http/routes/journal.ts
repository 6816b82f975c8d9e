import { journalQuerySchema, journalResponseSchema } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { ClusterJournal } from '../../journal/cluster-journal.ts'
import { problemResponses } from './problem-responses.ts'

/** GET /v1/journal: what happened, from this broker or from all. */
export function addJournalRoute(plainApp: FastifyInstance, clusterJournal: ClusterJournal): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  app.get(
    '/v1/journal',
    {
      config: { always: true, peerAnswer: true },
      schema: {
        tags: ['broker'],
        summary: 'What happened',
        description:
          'The event journal of this broker, of another, or of all, merged by time. ' +
          'Brokers that could not be read stand in `missing`; the others are answered all the same.',
        querystring: journalQuerySchema,
        response: { 200: journalResponseSchema, ...problemResponses },
      },
    },
    async ({ query }) => await clusterJournal.read(query),
  )
}
