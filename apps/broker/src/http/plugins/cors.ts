import type { BrokerReference } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import { memberOrigins } from '../origins.ts'

const allowedMethods = 'GET, POST, DELETE'
const allowedHeaders = 'accept, content-type, x-request-id'
const exposedHeaders = 'x-request-id, retry-after, location'

/** How long a browser may keep the answer to a preflight. */
const preflightSeconds = 600

/**
 * Lets pages that a member of the cluster served read this broker's answers; pages from elsewhere get no header, so that
 * browsers keep the answer from them. Before admission: a refusal must be readable too.
 */
export function addCors(app: FastifyInstance, members: () => readonly BrokerReference[]): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers
    if (origin === undefined) {
      done()
      return
    }
    reply.header('vary', 'origin')
    if (!memberOrigins(members()).has(origin)) {
      done()
      return
    }
    reply.header('access-control-allow-origin', origin)
    reply.header('access-control-expose-headers', exposedHeaders)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      done()
      return
    }
    reply
      .code(204)
      .header('access-control-allow-methods', allowedMethods)
      .header('access-control-allow-headers', allowedHeaders)
      .header('access-control-max-age', preflightSeconds)
      .send()
  })
}
