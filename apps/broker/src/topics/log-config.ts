import { type LogConfig, resolveLogConfig } from '@yak/log'
import { YakError } from '@yak/protocol'
import type { TopicConfig } from '@yak/protocol/schemas'
import { memberListOf } from '../cluster/member-list.ts'
import type { BrokerConfig } from '../config.ts'

/** A topic's settings, with the broker's where it has none of its own. */
export function topicConfigOf(
  config: TopicConfig,
  broker: BrokerConfig,
): { readonly [Name in keyof TopicConfig]-?: NonNullable<TopicConfig[Name]> } {
  return {
    retentionMs: config.retentionMs ?? broker.retentionMs,
    retentionBytes: config.retentionBytes ?? broker.retentionBytes,
    segmentBytes: config.segmentBytes ?? broker.segmentBytes,
    segmentMs: config.segmentMs ?? broker.segmentMs,
    flush: config.flush ?? broker.flush,
    flushIntervalMs: config.flushIntervalMs ?? broker.flushIntervalMs,
    minInsyncReplicas: minInsyncReplicasOf(config, broker),
  }
}

/** Never fewer than the cluster asks for, which its elections rely on. */
export function minInsyncReplicasOf(config: TopicConfig, broker: BrokerConfig): number {
  return Math.max(config.minInsyncReplicas ?? 0, memberListOf(broker).members.minInsyncReplicas)
}

/** The settings of one of the topic's logs. */
export function logConfigOf(config: TopicConfig, broker: BrokerConfig): Partial<LogConfig> {
  const { minInsyncReplicas: _, ...log } = topicConfigOf(config, broker)
  return {
    ...log,
    maxBatchBytes: broker.maxBatchBytes,
    // What may be pending is decided for all logs together, before a body is read.
    maxPendingBytes: broker.maxInFlightBytes,
  }
}

/** Throws INVALID_CONFIG for settings that no topic of this cluster can have. */
export function assertTopicConfig(config: TopicConfig, broker: BrokerConfig): void {
  assertMinInsync(config, broker)
  try {
    resolveLogConfig(logConfigOf(config, broker))
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new YakError('INVALID_CONFIG', `The settings of the topic are not possible: ${cause.message}.`, { cause })
  }
}

function assertMinInsync({ minInsyncReplicas }: TopicConfig, broker: BrokerConfig): void {
  if (minInsyncReplicas === undefined) return
  const { brokerIds, minInsyncReplicas: least } = memberListOf(broker).members
  if (minInsyncReplicas >= least && minInsyncReplicas <= brokerIds.length) return
  throw new YakError(
    'INVALID_CONFIG',
    `minInsyncReplicas is ${minInsyncReplicas}. Give ${least}, which the cluster asks for, to ${brokerIds.length}, its brokers.`,
    { details: { minInsyncReplicas, least, brokers: brokerIds.length } },
  )
}
