import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { ByteBudget } from '../../../src/byte-budget.ts'
import { BodyPool } from '../../../src/http/body-pool.ts'
import { Connections } from '../../../src/http/connection.ts'
import { addAdmission } from '../../../src/http/plugins/admission.ts'
import { addBodyParsers } from '../../../src/http/plugins/body-parsers.ts'
import { addNotFound } from '../../../src/http/plugins/not-found.ts'
import { sendProblem } from '../../../src/http/problem-reply.ts'
import { RefusalLog } from '../../../src/http/refusal-log.ts'
import { addReplicaRoutes } from '../../../src/http/routes/replica.ts'
import { BrokerMetrics } from '../../../src/metrics/broker-metrics.ts'
import { replicaLimits } from '../../../src/replication/transport/replica-http.ts'
import type { ReplicaInbox } from '../../../src/replication/transport/replica-inbox.ts'
import { YoungGarbage } from '../../../src/young-garbage.ts'

export interface ReplicaServer {
  readonly url: string
  readonly app: FastifyInstance
  close(): Promise<void>
}

export interface ReplicaServerOptions {
  readonly replicaInbox: ReplicaInbox
  readonly port?: number
  /** Bytes of clients' requests the broker may hold. Default 1 MiB. */
  readonly maxInFlightBytes?: number
  /** As the broker's: throws while it does not serve clients. */
  readonly assertServing?: () => void
}

/** The replica paths behind the hooks and parsers that every path of a broker has. */
export async function startReplicaServer(options: ReplicaServerOptions): Promise<ReplicaServer> {
  const { replicaInbox, port = 0, maxInFlightBytes = 1_048_576, assertServing = () => {} } = options
  const app = fastify({ forceCloseConnections: true })
  const garbage = new YoungGarbage(() => {})
  const refusals = new RefusalLog(app.log)
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, refusals))
  addAdmission(app, {
    connections: new Connections(),
    requestBudget: new ByteBudget(maxInFlightBytes),
    peerBudget: new ByteBudget(replicaLimits.maxBodyBytesAtOnce),
    pool: new BodyPool(1_048_576),
    metrics: new BrokerMetrics(),
    maxRequestBytes: 1_048_576,
    maxRequestsPerConnection: 128,
    assertServing,
    onWriteRefused: () => {},
    assertLeading: () => {},
  })
  addBodyParsers(app, { maxRequestBytes: 1_048_576, garbage })
  addNotFound(app)
  app.post('/client', async ({ body }) => body)
  await addReplicaRoutes(app, { replicaInbox, garbage })
  await app.listen({ port, host: '127.0.0.1' })
  const { port: bound } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${bound}`, app, close: () => app.close() }
}
