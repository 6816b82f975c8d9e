import {
  type BrokerConfigJson,
  brokerConfigQuerySchema,
  brokerConfigResponseSchema,
  brokerLogQuerySchema,
  brokerLogResponseSchema,
  counterHistoryQuerySchema,
  counterHistoryResponseSchema,
} from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import { toldSettings } from '../../config-told.ts'
import { askedMembers, membersWords } from '../../live/asked-members.ts'
import { problemResponses } from './problem-responses.ts'

const configPath = '/v1/broker-config'
const logPath = '/v1/broker-log'
const countersPath = '/v1/counter-history'

/** GET /v1/broker-config, GET /v1/broker-log and GET /v1/counter-history: what this broker, another, or each of all tells of itself. */
export function addOwnWordsRoutes(plainApp: FastifyInstance, services: BrokerServices): void {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  const { brokerId, clock, startedAt, logLines, counterHistory } = services
  const config = { always: true, peerAnswer: true }
  const tags = ['broker']
  const asked = (broker: string) => askedMembers(broker, brokerId, services.members())

  const own = ownConfig(services)
  app.get(
    configPath,
    {
      config,
      schema: {
        tags,
        summary: 'What brokers run with',
        description:
          'The settings in effect, where each was given, and versions; of this broker, of another, or of all. ' +
          'Passwords are not told. Brokers that could not be asked stand in `missing`.',
        querystring: brokerConfigQuerySchema,
        response: { 200: brokerConfigResponseSchema, ...problemResponses },
      },
    },
    async ({ query: { broker } }) => {
      const words = await membersWords(asked(broker), () => own, configPath, brokerConfigResponseSchema)
      return { brokerId, asOf: clock(), ...words }
    },
  )

  app.get(
    logPath,
    {
      config,
      schema: {
        tags,
        summary: 'The last lines of the log',
        description:
          'The newest lines that this broker, another, or each of all wrote to its log, from `info` on, whatever its ' +
          '`--log-level`. They are in memory and end with the process. Brokers that could not be asked stand in `missing`.',
        querystring: brokerLogQuerySchema,
        response: { 200: brokerLogResponseSchema, ...problemResponses },
      },
    },
    async ({ query: { broker, limit } }) => {
      const ownLog = () => ({ brokerId, total: logLines.total, lines: logLines.newest(limit) })
      const words = await membersWords(asked(broker), ownLog, `${logPath}?limit=${limit}`, brokerLogResponseSchema)
      return { brokerId, asOf: clock(), ...words }
    },
  )

  app.get(
    countersPath,
    {
      config,
      schema: {
        tags,
        summary: 'What the counters were in the last hour',
        description:
          'The counters of GET /v1/broker-state from which rates are made, noted every few seconds since the broker was started; ' +
          'of this broker, of another, or of all. Brokers that could not be asked stand in `missing`.',
        querystring: counterHistoryQuerySchema,
        response: { 200: counterHistoryResponseSchema, ...problemResponses },
      },
    },
    async ({ query: { broker } }) => {
      const ownNotes = () => ({ brokerId, asOf: clock(), startedAt, ...counterHistory.read() })
      const words = await membersWords(asked(broker), ownNotes, countersPath, counterHistoryResponseSchema)
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
