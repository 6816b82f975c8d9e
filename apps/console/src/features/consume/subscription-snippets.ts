import { type Snippet, yakClient, yakCommand } from '../../lib/produce-snippets.ts'
import type { Card } from './card.ts'

/** What a card shows, read from elsewhere. Its filter is not in it: that runs in this browser. */
export function subscriptionSnippets(
  { topic, partition, start }: Pick<Card, 'topic' | 'partition' | 'start'>,
  urls: readonly string[],
): readonly Snippet[] {
  const first = urls[0] ?? 'http://127.0.0.1:5001'
  const from = typeof start === 'number' ? String(start) : `'${start}'`
  const what =
    partition === null ? `topics: ['${topic}']` : `partitions: [{ topic: '${topic}', partition: ${partition} }]`
  return [
    {
      name: 'SDK',
      code: `import { YakClient } from '@yak/client'

${yakClient(urls)}
const consumer = yak.consumer({ ${what}, from: ${from} })
for await (const message of consumer) {
  console.log(message.partition, message.offset, message.key, message.value)
}`,
    },
    // A request is of one partition, and begins at an offset or an end.
    ...(partition !== null && (typeof start === 'number' || start === 'earliest')
      ? [
          {
            name: 'curl',
            code: `curl -L '${first}/consume?topic=${encodeURIComponent(topic)}&partition=${partition}&offset=${start}'`,
          },
        ]
      : []),
    {
      name: 'CLI',
      code: yakCommand('consume', topic, [
        `--brokers ${urls.join(',')}`,
        ...(partition === null ? [] : [`--partition ${partition}`]),
        `--from ${start}`,
        '--follow',
      ]),
    },
  ]
}
