import { topicArgument } from '../arguments/topic-argument.ts'
import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, timeoutOption } from '../connect.ts'
import { EXIT } from '../exit-code.ts'
import { bytesText, countText } from '../terminal/quantities.ts'
import { renderTable } from '../terminal/table.ts'

export const topicsDescribe: Command = defineCommand({
  path: ['topics', 'describe'],
  summary: 'Shows the settings of a topic and the state of its partitions',
  positionals: [{ name: 'TOPIC', description: 'must exist' }],
  options: {
    json: { type: 'flag', description: 'one JSON object on standard output' },
    brokers: brokersOption,
    'timeout-ms': timeoutOption,
  },
  examples: ['yak topics describe server_metrics'],

  async run({ positionals, options, terminal }) {
    const call = { timeoutMs: options['timeout-ms'] }
    const client = await openClient(options.brokers)
    try {
      const topic = await client.admin().describeTopic(topicArgument(positionals[0]!), call)
      if (options.json) {
        await terminal.output.write(`${JSON.stringify(topic)}\n`)
        return EXIT.done
      }
      const settings = Object.entries(topic.config).map(([name, value]) => [name, String(value)])
      const partitions = topic.partitions.map((state) => [
        String(state.partition),
        state.leader?.id ?? 'none',
        String(state.epoch),
        state.isr.join(','),
        state.replicas.join(','),
        offsetText(state.logStartOffset),
        offsetText(state.highWatermark),
        offsetText(state.logEndOffset),
        state.sizeBytes === undefined ? '' : bytesText(state.sizeBytes),
      ])
      await terminal.output.write(
        `${renderTable(
          [
            { title: 'TOPIC', align: 'left' },
            { title: topic.name, align: 'left' },
          ],
          [['id', topic.id], ...settings],
        )}\n${renderTable(
          [
            { title: 'PARTITION', align: 'right' },
            { title: 'LEADER', align: 'left' },
            { title: 'EPOCH', align: 'right' },
            { title: 'ISR', align: 'left' },
            { title: 'REPLICAS', align: 'left' },
            { title: 'LOG START', align: 'right' },
            { title: 'HIGH WATERMARK', align: 'right' },
            { title: 'LOG END', align: 'right' },
            { title: 'SIZE', align: 'right' },
          ],
          partitions,
        )}`,
      )
      return EXIT.done
    } finally {
      await client.close()
    }
  },
})

/** Of a partition that is not served it is not known. */
function offsetText(offset: number): string {
  return offset < 0 ? '-' : countText(offset)
}
