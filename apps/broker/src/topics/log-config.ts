import { type LogConfig, resolveLogConfig } from '@yak/log'
import { YakError } from '@yak/protocol'
import type { TopicConfig } from '@yak/protocol/schemas'
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
  }
}

/** The settings of one of the topic's logs. */
export function logConfigOf(config: TopicConfig, broker: BrokerConfig): Partial<LogConfig> {
  return {
    ...topicConfigOf(config, broker),
    maxBatchBytes: broker.maxBatchBytes,
    // What may be pending is decided for all logs together, before a body is read.
    maxPendingBytes: broker.maxInFlightBytes,
  }
}

/** Throws INVALID_CONFIG for settings that no log can have. */
export function assertTopicConfig(config: TopicConfig, broker: BrokerConfig): void {
  try {
    resolveLogConfig(logConfigOf(config, broker))
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new YakError('INVALID_CONFIG', `The settings of the topic are not possible: ${cause.message}.`, { cause })
  }
}
