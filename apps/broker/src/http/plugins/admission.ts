import { YakError } from '@yak/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ByteBudget } from '../../byte-budget.ts'
import type { BrokerMetrics } from '../../metrics/broker-metrics.ts'
import type { BodyPool } from '../body-pool.ts'
import type { Connection, Connections } from '../connection.ts'
import { Exchange, isFault } from '../exchange.ts'
import { announcedBodyBytes, bodyTooLarge, overloaded } from '../request-body.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Memory and life of this request; made before anything else looks at it. */
    exchange: Exchange
    connection: Connection
  }
  interface FastifyContextConfig {
    /** Answered while the broker is starting or stopping too. */
    always?: boolean
    /** Needs the leader: elsewhere the client is sent there. */
    leader?: boolean
    /** It writes records: refused by a leader that is none any more, it counts as fenced. */
    writes?: boolean
    /** Reads its body as a stream, so its size and its time are the route's to bound. */
    upload?: boolean
    /** For other brokers: its body takes of their memory and not of the clients', as it comes, and its size is the route's to bound. */
    peer?: boolean
    /** Its status is what was asked for: 503 is no failure to answer. */
    tellsHealth?: boolean
    /** Other brokers ask for it: its answer takes of their memory and not of the clients'. */
    peerAnswer?: boolean
  }
}

export interface AdmissionOptions {
  readonly connections: Connections
  readonly requestBudget: ByteBudget
  /** For what other brokers send. */
  readonly peerBudget: ByteBudget
  readonly pool: BodyPool
  readonly metrics: BrokerMetrics
  readonly maxRequestBytes: number
  readonly maxRequestsPerConnection: number
  /** Throws SHUTTING_DOWN or LEADER_NOT_AVAILABLE unless requests are served. */
  readonly assertServing: () => void
  /** Throws as that does, and NOT_LEADER or LEADER_NOT_AVAILABLE. */
  readonly assertLeading: () => void
  /** A request to write was refused because this broker does not lead. */
  readonly onWriteRefused: () => void
}

/**
 * Decides before a body is read whether the broker can take it, so that what it cannot take costs it nothing. A plain
 * function and not a plugin of its own scope: its hooks are for every route.
 */
export function addAdmission(app: FastifyInstance, options: AdmissionOptions): void {
  app.decorateRequest('exchange', null as never)
  app.decorateRequest('connection', null as never)
  app.addHook('onRequest', (request, reply, done) => {
    const connection = options.connections.of(request.raw.socket)
    const { config } = request.routeOptions
    const budget = config?.peer === true ? options.peerBudget : options.requestBudget
    const exchange = new Exchange(request.raw, budget, options.pool)
    exchange.hasOwnTime = config?.upload === true
    const underWayCount = connection.underWayCount
    connection.begin(exchange, reply.raw)
    request.exchange = exchange
    request.connection = connection
    reply.header('x-request-id', request.id)
    try {
      assertWithinConnection(connection, underWayCount, options)
      assertExpectation(request)
      assertMayAnswer(request, options)
      admitBody(request, connection, options)
      // Told only now, so that a client that asks first never sends a body that is refused.
      if (expectsContinue(request)) reply.raw.writeContinue()
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    options.metrics.requests.add()
    if (reply.statusCode >= 500) options.metrics.failedRequests.add()
    if (isClientError(request, reply.statusCode)) options.metrics.errors.add()
    done()
  })
}

function isClientError({ routeOptions: { config }, exchange }: FastifyRequest, status: number): boolean {
  if (config?.peer === true || config?.tellsHealth === true) return false
  return isFault(status) || exchange.hasFaultyPart
}

function assertMayAnswer({ routeOptions: { config } }: FastifyRequest, options: AdmissionOptions): void {
  if (config?.always === true) return
  options.assertServing()
  if (config?.leader !== true) return
  try {
    options.assertLeading()
  } catch (error) {
    if (config.writes === true) options.onWriteRefused()
    throw error
  }
}

function assertWithinConnection(
  connection: Connection,
  underWayCount: number,
  { maxRequestsPerConnection }: AdmissionOptions,
): void {
  // Behind a last answer comes none: what is done now would never be told.
  if (connection.isClosing) throw new YakError('SHUTTING_DOWN', 'This connection is being closed. Open another.')
  if (underWayCount < maxRequestsPerConnection) return
  // Refusals queue up behind the answers before them as well: a client that goes on all the same is cut off.
  if (underWayCount >= 2 * maxRequestsPerConnection) connection.destroy()
  throw new YakError(
    'TOO_MANY_REQUESTS',
    `This connection has ${underWayCount} requests under way, and ${maxRequestsPerConnection} are allowed. ` +
      'Wait for answers before you send more.',
    { details: { maxRequestsPerConnection } },
  )
}

function assertExpectation({ headers: { expect } }: FastifyRequest): void {
  if (expect === undefined || expect.toLowerCase() === '100-continue') return
  throw new YakError(
    'INVALID_REQUEST',
    `The request expects ${expect.slice(0, 40)}, and only 100-continue is understood. Send it without the Expect header.`,
  )
}

/** HTTP/1.0 knows no interim answer, whatever it sends; at a path that nobody has the body is of no use. */
function expectsContinue({ raw, is404 }: FastifyRequest): boolean {
  return raw.headers.expect !== undefined && raw.httpVersion === '1.1' && !is404
}

function admitBody(request: FastifyRequest, connection: Connection, options: AdmissionOptions): void {
  const bodyBytes = announcedBodyBytes(request)
  if (bodyBytes === undefined || bodyBytes === 0) return
  const { config } = request.routeOptions
  if (config?.upload === true || config?.peer === true) return
  if (bodyBytes > options.maxRequestBytes) {
    // The rest of the connection is this body, and nobody reads it.
    connection.closeWhenAnswered()
    throw bodyTooLarge(options.maxRequestBytes, bodyBytes)
  }
  if (!request.exchange.tryReserve(bodyBytes)) throw overloaded()
}
