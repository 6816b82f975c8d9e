import { type BrokerConfigJson, brokerConfigQuerySchema, brokerConfigResponseSchema } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import { toldSettings } from '../../config-told.ts'
import { askedMembers, membersWords } from '../../live/asked-members.ts'
import { problemResponses } from './problem-responses.ts'

const path = '/v1/broker-config'

/** GET /v1/broker-config: what this broker, another, or all of them run with. */
export function addBrokerConfigRoute(plainApp: FastifyInstance, services: BrokerServices): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  const own = ownConfig(services)
  app.get(
    path,
    {
      config: { always: true, peerAnswer: true },
      schema: {
        tags: ['broker'],
        summary: 'What brokers run with',
        description:
          'The settings in effect, where each was given, and versions; of this broker, of another, or of all. ' +
          'Passwords are not told. Brokers that could not be asked stand in `missing`.',
        querystring: brokerConfigQuerySchema,
        response: { 200: brokerConfigResponseSchema, ...problemResponses },
      },
    },
    async ({ query }) => {
      const { brokerId, clock } = services
      const asked = askedMembers(query.broker, brokerId, services.members())
      const words = await membersWords(asked, () => own, path, brokerConfigResponseSchema)
      return { brokerId, asOf: clock(), ...words }
    },
  )
}

function ownConfig({ brokerId, version, config, settingSources }: BrokerServices): BrokerConfigJson {
  return {
    brokerId,
    version,
    nodeVersion: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    settings: toldSettings(config, settingSources),
  }
}
