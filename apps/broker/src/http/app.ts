import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorCode, LIMITS, YakError } from '@yak/protocol'
import { parseRequest } from '@yak/protocol/schemas'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { BrokerServices } from '../broker-services.ts'
import { ByteBudget } from '../byte-budget.ts'
import { replicaLimits } from '../replication/transport/replica-http.ts'
import { answerClientError, answerConnect } from './client-error.ts'
import { addAdmission } from './plugins/admission.ts'
import { addBodyParsers } from './plugins/body-parsers.ts'
import { addCors } from './plugins/cors.ts'
import { addHeldAnswers } from './plugins/held-answers.ts'
import { addNotFound } from './plugins/not-found.ts'
import { addOpenApi } from './plugins/openapi.ts'
import { addQueryFields } from './plugins/query-fields.ts'
import { sendProblem } from './problem-reply.ts'
import { RefusalLog } from './refusal-log.ts'
import { addChaosRoute } from './routes/chaos.ts'
import { addClusterRoutes } from './routes/cluster.ts'
import { addConsoleRoutes } from './routes/console.ts'
import { addConsumeRoute } from './routes/consume.ts'
import { addConsumerPageRoutes } from './routes/consumer-page.ts'
import { addJournalRoute } from './routes/journal.ts'
import { addLiveRoutes, isLiveUpgrade } from './routes/live.ts'
import { addMetricsRoute } from './routes/metrics.ts'
import { addOwnWordsRoutes } from './routes/own-words.ts'
import { addProduceRoute } from './routes/produce.ts'
import { addProducerPageRoutes } from './routes/producer-page.ts'
import { addReplicaRoutes } from './routes/replica.ts'
import { addTopicRoutes, describeTopic } from './routes/topics.ts'
import { addV1FrameRoutes } from './routes/v1-frames.ts'
import { addV1JsonRoutes } from './routes/v1-json.ts'

/** Without a byte in either direction for so long a connection is dead: longer than any answer may take. */
const stalledConnectionMs = LIMITS.maxAckTimeoutMs + 30_000

/** How often Node looks for requests that are over their time. */
const timeoutCheckMs = 1_000

const maxHeaderBytes = 16_384

/** What a client is answered that sends more than the broker takes. */
const refusalsForLoad: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['OVERLOADED', 'TOO_MANY_REQUESTS'])

/** Longer than any topic name in a path, so that a name too long is told so and not "nothing there". */
const maxPathPartLength = 2_000

/** The whole HTTP side over the services, listening nowhere. Tests `inject` into it; `startBroker` lets it listen. */
export async function buildApp(services: BrokerServices): Promise<FastifyInstance> {
  const { config } = services
  const connections = services.connections
  const refusals = new RefusalLog(services.logger)
  const app = fastify({
    loggerInstance: services.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request would cost as much as the rest of Fastify; who logs names the request id.
    childLoggerFactory: (logger) => logger,
    genReqId: requestIdOf,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    connectionTimeout: stalledConnectionMs,
    keepAliveTimeout: config.idleTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    bodyLimit: config.maxRequestBytes,
    schemaController: { compilersFactory: { buildValidator: neverAsked, buildSerializer: neverAsked } },
    routerOptions: { maxParamLength: maxPathPartLength },
    http: {
      headersTimeout: config.headersTimeoutMs,
      requestTimeout: config.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(timeoutCheckMs, config.headersTimeoutMs),
      maxHeaderSize: maxHeaderBytes,
      // Node would answer without a problem body: see wrongHost.
      requireHostHeader: false,
      // Any other upgrade is passed over, as HTTP allows: some clients offer HTTP/2 with every request.
      shouldUpgradeCallback: isLiveUpgrade,
    },
    clientErrorHandler: (error, socket) => answerClientError(error, connections.of(socket)),
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply, refusals),
  })
  app.server.maxConnections = config.maxConnections
  app.server.on('connection', (socket) => connections.of(socket))
  // 100-continue is told by whoever reads the body, so that a body that is refused is never sent.
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response))
  // Node would answer any other expectation without a problem body: see assertExpectation.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))

  app.server.on('connect', (_request, socket) => answerConnect(connections.of(socket as Socket)))

  app.setErrorHandler((error, request, reply) => {
    if (YakError.is(error) && refusalsForLoad.has(error.code)) services.metrics.refusedRequests.add()
    return sendProblem(error, request, reply, refusals)
  })
  app.addHook('onClose', async () => refusals.close())
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const part = httpPart === 'body' ? 'body' : httpPart === 'params' ? 'path' : 'query'
    return (value) => {
      try {
        return { value: parseRequest(schema as never, value, part) }
      } catch (error) {
        return { error: error as Error }
      }
    }
  })
  // Answers are made by the types of the schemas they are documented with; checking each again would cost more than it.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))

  addCors(app, () => services.members())
  addAdmission(app, {
    connections,
    requestBudget: services.requestBudget,
    peerBudget: new ByteBudget(replicaLimits.maxBodyBytesAtOnce),
    pool: services.bodyPool,
    metrics: services.metrics,
    maxRequestBytes: config.maxRequestBytes,
    maxRequestsPerConnection: config.maxRequestsPerConnection,
    assertServing: () => services.assertServing(),
    assertLeading: () => services.assertLeading(),
    onWriteRefused: () => services.fencedWrites.note(),
  })
  app.addHook('onRequest', (request, _reply, done) => done(wrongHost(request.raw)))
  addBodyParsers(app, { maxRequestBytes: config.maxRequestBytes, garbage: services.garbage })
  addHeldAnswers(app, services.answers, config.requestTimeoutMs)
  addNotFound(app)
  addQueryFields(app)
  if (services.logger.isLevelEnabled('debug')) addDebugLog(app)
  await addOpenApi(app, services.version)

  addClusterRoutes(app, services)
  await addReplicaRoutes(app, services)
  addMetricsRoute(app, services)
  addTopicRoutes(app, services)
  addProduceRoute(app, services)
  addConsumeRoute(app, services)
  addV1FrameRoutes(app, services)
  addV1JsonRoutes(app, services)
  await addProducerPageRoutes(app, services)
  addConsumerPageRoutes(app, services)
  const live = await addLiveRoutes(app, services, (topic) => describeTopic(topic, services))
  addJournalRoute(app, live.clusterJournal)
  addOwnWordsRoutes(app, services)
  if (services.chaos !== undefined) addChaosRoute(app, services.chaos, services)
  await addConsoleRoutes(app, services)
  await app.ready()
  return app
}

/**
 * The compilers are set on the app itself. Without factories Fastify would load its own all the same, a tenth of what it takes
 * to start a broker.
 */
function neverAsked(): never {
  throw new Error('Fastify asked for a compiler though one is set.')
}

/** One Host header: a proxy in front may go by another one of several. */
function wrongHost({ httpVersion, rawHeaders }: IncomingMessage): YakError | undefined {
  if (httpVersion !== '1.1') return undefined
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  if (count === 1) return undefined
  const found = count === 0 ? 'no Host header' : `${count} Host headers`
  return new YakError('INVALID_REQUEST', `The request has ${found}, and HTTP/1.1 asks for one. Send one.`)
}

const requestIdPrefix = randomBytes(4).toString('hex')
let requestCount = 0

const soundRequestId = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/** The client's x-request-id where it is harmless in a log and a header, else one of our own. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  if (typeof given === 'string' && soundRequestId.test(given)) return given
  requestCount++
  return `${requestIdPrefix}-${requestCount.toString(36)}`
}

/** One line for each request, at debug level only: a line for each produce would cost more than the produce. */
function addDebugLog(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    app.log.debug(
      {
        requestId: request.id,
        method: request.method,
        url: request.url,
        status: reply.statusCode,
        durationMs: reply.elapsedTime,
      },
      'request',
    )
    done()
  })
}
