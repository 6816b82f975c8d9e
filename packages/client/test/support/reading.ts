import type { Consumer } from '../../src/consumer/consumer.ts'
import type { Message } from '../../src/consumer/message.ts'
import type { YakClient } from '../../src/yak-client.ts'

export const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => from + n)

/** `count` messages, then out of the loop. */
export async function take<Value>(consumer: Consumer<Value>, count: number): Promise<Message<Value>[]> {
  const messages: Message<Value>[] = []
  for await (const message of consumer) {
    messages.push(message)
    if (messages.length === count) break
  }
  return messages
}

/** Sends `count` values to a partition. */
export async function fill(
  yak: YakClient,
  topic: string,
  count: number,
  partition = 0,
  maxBatchBytes = 300,
): Promise<void> {
  const producer = yak.producer({ maxBatchBytes })
  await producer.sendBatch({ topic, records: range(count).map((value) => ({ value, partition })) })
  await producer.close()
}

/** Up to the end of a consumer that has one. */
export async function readAll<Value>(consumer: Consumer<Value>): Promise<Message<Value>[]> {
  const messages: Message<Value>[] = []
  for await (const message of consumer) messages.push(message)
  return messages
}
