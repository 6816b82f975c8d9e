import { chaosRequestSchema } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Chaos } from '../../chaos/chaos.ts'
import type { LiveServices } from '../../live/live-services.ts'
import { assertAllowedOrigin } from '../origins.ts'
import { problemResponses } from './problem-responses.ts'

/** POST /v1/chaos, which is there only with `--chaos true`. */
export function addChaosRoute(
  plainApp: FastifyInstance,
  chaos: Chaos,
  services: Pick<LiveServices, 'logger' | 'members'>,
): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  app.post(
    '/v1/chaos',
    {
      config: { always: true },
      schema: {
        tags: ['broker'],
        summary: 'Hurt this broker (development only)',
        description: 'Answered before it is done. Only with `--chaos true`; without it there is no such path.',
        body: chaosRequestSchema,
        response: { 202: chaosRequestSchema, ...problemResponses },
      },
      onRequest: async ({ headers }) => assertAllowedOrigin(headers, services.members(), 'hurt this broker'),
    },
    async ({ body }, reply) => {
      chaos.assertPossible(body.action)
      // Whoever asked is to know that it was heard.
      reply.raw.once('finish', () => {
        chaos
          .act(body)
          .catch((err) => services.logger.error({ err }, 'what was asked of POST /v1/chaos could not be done'))
      })
      return await reply.code(202).send(body)
    },
  )
}
