import type { TopicConfig } from '@yak/protocol/schemas'
import type { BrokerConfig } from '../config.ts'

/** A topic's settings with those of the broker where it has none of its own. */
export function effectiveTopicConfig(config: TopicConfig, broker: BrokerConfig): Required<TopicConfig> {
  return {
    retentionMs: config.retentionMs ?? broker.retentionMs,
    retentionBytes: config.retentionBytes ?? broker.retentionBytes,
    segmentBytes: config.segmentBytes ?? broker.segmentBytes,
    segmentMs: config.segmentMs ?? broker.segmentMs,
    flush: config.flush ?? broker.flush,
    flushIntervalMs: config.flushIntervalMs ?? broker.flushIntervalMs,
  } as Required<TopicConfig>
}
