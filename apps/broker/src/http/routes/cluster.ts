import {
  type ClusterResponse,
  clusterResponseSchema,
  healthResponseSchema,
  type LeaderResponse,
  leaderResponseSchema,
} from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import { problemResponses } from './problem-responses.ts'

/** State of this broker and its cluster. */
export function addClusterRoutes(plainApp: FastifyInstance, services: BrokerServices): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  const tags = ['broker']

  app.get(
    '/health',
    {
      config: { always: true, tellsHealth: true },
      schema: {
        tags,
        summary: 'Whether this broker can serve',
        description: '200 when it can, 503 with `reasons` when not.',
        response: { 200: healthResponseSchema, 503: healthResponseSchema, ...problemResponses },
      },
    },
    async (_request, reply) => {
      const health = services.health()
      reply.code(health.status === 'ok' ? 200 : 503)
      return health
    },
  )

  app.get(
    '/metadata/leader',
    { schema: { tags, summary: 'Who leads', response: { 200: leaderResponseSchema, ...problemResponses } } },
    async (): Promise<LeaderResponse> => services.cluster.leaderResponse(),
  )

  app.get(
    '/cluster',
    {
      schema: {
        tags,
        summary: 'The brokers and their state',
        response: { 200: clusterResponseSchema, ...problemResponses },
      },
    },
    async (): Promise<ClusterResponse> => services.describeCluster(),
  )
}
