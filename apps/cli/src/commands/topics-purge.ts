import { partitionOption } from '../arguments/partition-option.ts'
import { topicArgument } from '../arguments/topic-argument.ts'
import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, timeoutOption } from '../connect.ts'
import { EXIT } from '../exit-code.ts'
import { assertCanConfirm, confirm } from '../terminal/confirm.ts'
import { countOf } from '../terminal/quantities.ts'
import { recordCountOf } from '../topics/record-count.ts'

export const topicsPurge: Command = defineCommand({
  path: ['topics', 'purge'],
  summary: 'Deletes the records of a topic and keeps the topic',
  positionals: [{ name: 'TOPIC', description: 'must exist' }],
  options: {
    partition: partitionOption('only this one; else all'),
    yes: { type: 'flag', description: 'do not ask; needed where standard input is no terminal' },
    brokers: brokersOption,
    'timeout-ms': timeoutOption,
  },
  examples: ['yak topics purge orders --yes', 'yak topics purge orders --partition 2'],

  async run({ positionals, options, terminal }) {
    const topic = topicArgument(positionals[0]!)
    const { partition } = options
    if (!options.yes) assertCanConfirm(terminal)
    const call = { timeoutMs: options['timeout-ms'] }
    const client = await openClient(options.brokers)
    const where = partition === undefined ? topic : `partition ${partition} of ${topic}`
    try {
      if (!options.yes) {
        const { partitions } = await client.admin().describeTopic(topic, call)
        const asked = partition === undefined ? partitions : partitions.filter((state) => state.partition === partition)
        const { records } = recordCountOf({ partitions: asked })
        if (
          !(await confirm(`Delete ${countOf(records, 'record')} of ${where}? They cannot be brought back.`, terminal))
        ) {
          terminal.status.line('Nothing was deleted.')
          return EXIT.notAll
        }
      }
      await client.admin().deleteRecords(topic, { ...call, ...(partition === undefined ? {} : { partition }) })
      await terminal.output.write(`deleted the records of ${where}\n`)
      return EXIT.done
    } finally {
      await client.close()
    }
  },
})
