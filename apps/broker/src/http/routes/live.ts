import type { IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import { LIMITS, YakError } from '@yak/protocol'
import { brokerStateSchema, type TopicDescription } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { LiveHub } from '../../live/live-hub.ts'
import type { LiveServices } from '../../live/live-services.ts'
import type { Topic } from '../../topics/topic.ts'
import { answerBadHandshake } from '../client-error.ts'
import { assertAllowedOrigin } from '../origins.ts'
import { problemResponses } from './problem-responses.ts'

export const livePath = '/v1/live'

/** Says which requests may become WebSockets; any other `Upgrade` is passed over, as HTTP allows. */
export function isLiveUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket' && request.url?.split('?', 1)[0] === livePath
}

/** GET /v1/live and GET /v1/broker-state. */
export async function addLiveRoutes(
  plainApp: FastifyInstance,
  services: LiveServices,
  describeTopic: (topic: Topic) => TopicDescription,
): Promise<LiveHub> {
  const hub = new LiveHub(services, describeTopic)
  await plainApp.register(websocket, {
    options: { maxPayload: LIMITS.maxLiveFrameBytes, perMessageDeflate: false },
    // A broken frame closes its socket by itself, with the code that says why.
    errorHandler: (error, socket) => {
      services.logger.debug({ err: error }, 'a live connection failed')
      if (socket.readyState === socket.OPEN) socket.close(1011)
    },
    preClose: function (done) {
      hub.close()
      this.websocketServer.close()
      done()
    },
  })
  plainApp.websocketServer.on('wsClientError', answerBadHandshake)
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  const tags = ['broker']

  app.route({
    method: 'GET',
    url: livePath,
    exposeHeadRoute: false,
    config: { always: true },
    schema: {
      tags,
      summary: 'The live channel, a WebSocket',
      description: 'State, journal and messages as they come, on one socket. docs/live-channel.md has its frames.',
      response: problemResponses,
    },
    onRequest: async (request, reply) => {
      // A refused upgrade ends its connection: nobody may send another request on it.
      if (request.ws) reply.header('connection', 'close')
      assertAllowedOrigin(request.headers, services.members(), 'watch this broker')
      hub.assertRoom()
    },
    handler: () => {
      throw new YakError('INVALID_REQUEST', 'This path is a WebSocket. Open it with ws:// and not as a plain request.')
    },
    wsHandler: (socket) => hub.add(socket),
  })

  app.get(
    '/v1/broker-state',
    {
      config: { always: true, peerAnswer: true },
      schema: {
        tags,
        summary: 'This broker’s own state and counters',
        response: { 200: brokerStateSchema, ...problemResponses },
      },
    },
    async () => hub.ownState(),
  )
  return hub
}
