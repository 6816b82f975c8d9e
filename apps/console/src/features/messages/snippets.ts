import type { Message } from '../../lib/json/consume-text.ts'
import { type Snippet, yakClient, yakCommand } from '../../lib/produce-snippets.ts'

/** How to read this message from elsewhere; and how to send it again. */
export function readSnippets(
  { topic, partition, offset }: Pick<Message, 'topic' | 'partition' | 'offset'>,
  urls: readonly string[],
): readonly Snippet[] {
  const first = urls[0] ?? 'http://127.0.0.1:5001'
  return [
    {
      name: 'SDK',
      code: `import { YakClient } from '@yak/client'

${yakClient(urls)}
const consumer = yak.consumer({ partitions: [{ topic: '${topic}', partition: ${partition}, from: ${offset} }] })
for await (const message of consumer) {
  console.log(message.offset, message.key, message.value)
  break
}`,
    },
    {
      name: 'curl',
      code: `curl -L '${first}/consume?topic=${encodeURIComponent(topic)}&partition=${partition}&offset=${offset}&limit=1'`,
    },
    {
      name: 'CLI',
      code: yakCommand('consume', topic, [
        `--brokers ${urls.join(',')}`,
        `--partition ${partition} --from ${offset} --max 1 --json`,
      ]),
    },
  ]
}
