import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, timeoutOption } from '../connect.ts'
import { EXIT } from '../exit-code.ts'
import { countText } from '../terminal/quantities.ts'
import { renderTable } from '../terminal/table.ts'
import { recordCountOf } from '../topics/record-count.ts'

export const topicsList: Command = defineCommand({
  path: ['topics', 'list'],
  summary: 'Lists the topics with their partitions and records',
  positionals: [],
  options: {
    json: { type: 'flag', description: 'one JSON array on standard output' },
    brokers: brokersOption,
    'timeout-ms': timeoutOption,
  },
  examples: ['yak topics list'],

  async run({ options, terminal }) {
    const call = { timeoutMs: options['timeout-ms'] }
    const client = await openClient(options.brokers)
    try {
      const topics = (await client.admin().listTopics(call)).toSorted((left, right) =>
        left.name < right.name ? -1 : 1,
      )
      if (options.json) {
        await terminal.output.write(`${JSON.stringify(topics)}\n`)
      } else {
        await terminal.output.write(
          renderTable(
            [
              { title: 'TOPIC', align: 'left' },
              { title: 'PARTITIONS', align: 'right' },
              { title: 'RECORDS', align: 'right' },
            ],
            topics.map(({ name, partitions }) => [
              name,
              countText(partitions.length),
              countText(recordCountOf({ partitions }).records),
            ]),
          ),
        )
      }
      for (const topic of topics) {
        const { unserved } = recordCountOf(topic)
        if (unserved.length === 0) continue
        terminal.status.line(
          `${topic.name}: partition ${unserved.join(', ')} is not served, and not counted. yak cluster shows what is wrong.`,
        )
      }
      return EXIT.done
    } finally {
      await client.close()
    }
  },
})
