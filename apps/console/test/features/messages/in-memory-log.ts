import type { ReadPage } from '../../../src/features/messages/range-scan.ts'
import type { Message } from '../../../src/lib/json/consume-text.ts'

export function message(partition: number, offset: number, timestamp: number, more: Partial<Message> = {}): Message {
  return {
    topic: 't',
    partition,
    offset,
    timestamp,
    epoch: 1,
    key: `k${offset % 3}`,
    valueText: `{"n":${offset}}`,
    headersText: '{}',
    sizeBytes: 10,
    ...more,
  }
}

/** Answers as GET /consume does over these messages, at most `most` at a time. */
export function readerOf(log: readonly (readonly Message[])[], most = 100): ReadPage {
  return (partition, offset, limit) => {
    const messages = log[partition] ?? []
    const logStartOffset = messages[0]?.offset ?? 0
    const highWatermark = (messages.at(-1)?.offset ?? logStartOffset - 1) + 1
    const from =
      typeof offset === 'number'
        ? offset
        : offset === 'earliest'
          ? logStartOffset
          : (messages.find(({ timestamp }) => timestamp >= Date.parse(offset))?.offset ?? highWatermark)
    const found = messages.filter((each) => each.offset >= from).slice(0, Math.min(limit, most))
    return Promise.resolve({
      topic: 't',
      partition,
      messages: found,
      nextOffset: (found.at(-1)?.offset ?? from - 1) + 1,
      logStartOffset,
      highWatermark,
    })
  }
}
