import { ERRORS, type ErrorCode, YakError } from '@yak/protocol'
import type { ClusterAnswer } from './cluster-view.ts'

/**
 * What the SDK reads of the JSON answers, checked by hand: the zod schemas would be most of its size. A field that is
 * missing or of another type means that whoever answers is no YAK broker, or a much newer one.
 */

type Json = Record<string, unknown>

export function clusterAnswerOf(json: unknown, url: string): ClusterAnswer {
  const { clusterId, brokerId, epoch, leader, brokers } = objectOf(json, url)
  if (typeof clusterId !== 'string' || !Number.isSafeInteger(epoch) || !Array.isArray(brokers)) throw unexpected(url)
  return {
    clusterId,
    brokerId: typeof brokerId === 'string' ? brokerId : undefined,
    epoch: epoch as number,
    leader: leader === null ? null : brokerOf(leader, url),
    brokers: brokers.map((broker) => brokerOf(broker, url)),
  }
}

export interface TopicAnswer {
  readonly name: string
  readonly id: string
  readonly partitionCount: number
}

/** The topics of a metadata answer; those that are not there, with the reason. */
export function topicsOf(json: unknown, url: string): { topics: TopicAnswer[]; errors: Map<string, YakError> } {
  const { topics } = objectOf(json, url)
  if (!Array.isArray(topics)) throw unexpected(url)
  const found: TopicAnswer[] = []
  const errors = new Map<string, YakError>()
  for (const topic of topics) {
    const { name, id, partitions, error } = objectOf(topic, url)
    if (typeof name !== 'string') throw unexpected(url)
    if (error !== undefined) {
      errors.set(name, errorOf(error, url, { topic: name }))
    } else {
      if (typeof id !== 'string' || !Number.isSafeInteger(partitions)) throw unexpected(url)
      found.push({ name, id, partitionCount: partitions as number })
    }
  }
  return { topics: found, errors }
}

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export function producerIdentityOf(json: unknown, url: string): ProducerIdentity {
  const { producerId, producerEpoch } = objectOf(json, url)
  if (!Number.isSafeInteger(producerId) || !Number.isSafeInteger(producerEpoch)) throw unexpected(url)
  return { producerId: producerId as number, producerEpoch: producerEpoch as number }
}

export interface OffsetAnswer {
  readonly offset: number
  /** Under which the broker led that said so; -1: it does not say. */
  readonly leaderEpoch: number
}

/** For each partition of an offsets request its offset, or why there is none. */
export function offsetsOf(json: unknown, count: number, url: string): (OffsetAnswer | YakError)[] {
  const { partitions } = objectOf(json, url)
  if (!Array.isArray(partitions) || partitions.length !== count) throw unexpected(url)
  return partitions.map((partition) => {
    const { offset, leaderEpoch, error } = objectOf(partition, url)
    if (error !== undefined) return errorOf(error, url)
    if (!Number.isSafeInteger(offset)) throw unexpected(url)
    return { offset: offset as number, leaderEpoch: Number.isSafeInteger(leaderEpoch) ? (leaderEpoch as number) : -1 }
  })
}

export function objectOf(json: unknown, url: string): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unexpected(url)
  return json as Json
}

function brokerOf(json: unknown, url: string): { id: string; url: string } {
  const broker = objectOf(json, url)
  if (typeof broker.id !== 'string' || typeof broker.url !== 'string') throw unexpected(url)
  return { id: broker.id, url: broker.url }
}

function errorOf(json: unknown, url: string, details: Json = {}): YakError {
  const { code, detail } = objectOf(json, url)
  if (typeof code !== 'string' || typeof detail !== 'string') throw unexpected(url)
  return yakErrorOf(code, detail, details)
}

/** A code of a newer broker becomes INTERNAL, with the code among its details. */
function yakErrorOf(code: string, detail: string, details: Json): YakError {
  return Object.hasOwn(ERRORS, code)
    ? new YakError(code as ErrorCode, detail, { details })
    : new YakError('INTERNAL', detail, { details: { ...details, code } })
}

export function unexpected(url: string): YakError {
  return new YakError(
    'INVALID_RESPONSE',
    `${url} answers with JSON of another shape than a YAK broker's. Check its address, and its version.`,
    { details: { url } },
  )
}
