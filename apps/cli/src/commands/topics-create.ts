import { LIMITS } from '@yak/protocol'
import { topicArgument } from '../arguments/topic-argument.ts'
import { topicSettings } from '../arguments/topic-settings.ts'
import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, timeoutOption } from '../connect.ts'
import { EXIT } from '../exit-code.ts'
import { countOf } from '../terminal/quantities.ts'

export const topicsCreate: Command = defineCommand({
  path: ['topics', 'create'],
  summary: 'Creates a topic',
  positionals: [{ name: 'TOPIC', description: 'letters, digits, dots, underscores and dashes' }],
  options: {
    partitions: {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: LIMITS.maxPartitionsPerTopic,
      description: "how many; else the broker's default",
    },
    config: {
      type: 'text-list',
      placeholder: 'NAME=VALUE',
      description: 'a setting of the topic, such as retentionMs=86400000 or flush=interval; may be repeated',
    },
    json: { type: 'flag', description: 'print the topic as one JSON object' },
    brokers: brokersOption,
    'timeout-ms': timeoutOption,
  },
  examples: ['yak topics create orders --partitions 6 --config retentionMs=86400000'],

  async run({ positionals, options, terminal }) {
    const topic = topicArgument(positionals[0]!)
    const config = await topicSettings(options.config)
    const call = { timeoutMs: options['timeout-ms'] }
    const client = await openClient(options.brokers)
    try {
      const { partitions } = options
      const settings = options.config.length === 0 ? {} : { config }
      const created = await client
        .admin()
        .createTopic({ topic, ...settings, ...(partitions === undefined ? {} : { partitions }) }, call)
      await terminal.output.write(
        options.json
          ? `${JSON.stringify(created)}\n`
          : `created ${topic} with ${countOf(created.partitions.length, 'partition')}\n`,
      )
      return EXIT.done
    } finally {
      await client.close()
    }
  },
})
