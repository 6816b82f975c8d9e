import { z } from 'zod'
import { brokerId, brokerReferenceSchema, epoch, timestampRead } from './fields.ts'

const role = z.enum(['leader', 'follower', 'candidate'])

/** The coordinator as `/health` and `/cluster` tell of it. */
export const coordinatorStateSchema = z
  .object({
    type: z.string().meta({ description: '`none` on a single broker, `redis` or `sqlite`.', examples: ['none'] }),
    connected: z.boolean(),
  })
  .meta({ id: 'CoordinatorState', description: 'The store that holds the lease.' })

const isr = z.array(brokerId).meta({ description: 'The in-sync replicas.' })

/** `GET /health`: 200 when it can serve, 503 when not. */
export const healthResponseSchema = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    brokerId,
    clusterId: z.string().meta({ description: 'Empty until the broker has formed or joined a cluster.' }),
    url: z.string().meta({ description: 'Where clients reach this broker.' }),
    role,
    epoch,
    leader: brokerReferenceSchema.nullable(),
    isr,
    coordinator: coordinatorStateSchema,
    reasons: z.array(z.string()).meta({ description: 'Why it can not serve, or what is not as it should be.' }),
  })
  .meta({
    id: 'HealthResponse',
    examples: [
      {
        status: 'ok',
        brokerId: '1',
        clusterId: '5f0c7f7e',
        url: 'http://127.0.0.1:5001',
        role: 'leader',
        epoch: 3,
        leader: { id: '1', url: 'http://127.0.0.1:5001' },
        isr: ['1'],
        coordinator: { type: 'none', connected: true },
        reasons: [],
      },
    ],
  })

/** What `healthResponseSchema` gives: the answer of `GET /health`. */
export type HealthResponse = z.infer<typeof healthResponseSchema>

/** `GET /metadata/leader`; 503 LEADER_NOT_AVAILABLE while there is none. */
export const leaderResponseSchema = z
  .object({ leader: brokerReferenceSchema, epoch, isr })
  .meta({ id: 'LeaderResponse' })

/** What `leaderResponseSchema` gives: the answer of `GET /metadata/leader`. */
export type LeaderResponse = z.infer<typeof leaderResponseSchema>

/** `GET /cluster`: the members as the answering broker sees them, who leads, and the coordinator. */
export const clusterResponseSchema = z
  .object({
    clusterId: z.string(),
    asOf: timestampRead.meta({ description: 'When this was so, in milliseconds since 1970.' }),
    epoch,
    leader: brokerReferenceSchema.nullable(),
    isr,
    coordinator: coordinatorStateSchema,
    brokers: z.array(
      z.object({
        id: brokerId,
        url: z.string(),
        role: role.nullable().meta({ description: 'Null when it is not known.' }),
        alive: z.boolean(),
        epoch: epoch.nullable().optional(),
      }),
    ),
  })
  .meta({ id: 'ClusterResponse' })

/** What `clusterResponseSchema` gives: the answer of `GET /cluster`. */
export type ClusterResponse = z.infer<typeof clusterResponseSchema>

/** `GET /metrics` as JSON; the same metrics as the Prometheus text. */
export const metricsResponseSchema = z
  .object({
    asOf: timestampRead,
    brokerId,
    metrics: z.array(
      z.looseObject({
        name: z.string().meta({ examples: ['yak_records_produced_total'] }),
        kind: z.enum(['counter', 'gauge', 'histogram']),
        help: z.string(),
      }),
    ),
  })
  .meta({ id: 'MetricsResponse' })
