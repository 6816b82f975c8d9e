import { topicArgument } from '../arguments/topic-argument.ts'
import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, timeoutOption } from '../connect.ts'
import { EXIT } from '../exit-code.ts'
import { assertCanConfirm, confirm } from '../terminal/confirm.ts'
import { countOf } from '../terminal/quantities.ts'
import { recordCountOf } from '../topics/record-count.ts'

export const topicsDelete: Command = defineCommand({
  path: ['topics', 'delete'],
  summary: 'Deletes a topic and every record in it',
  positionals: [{ name: 'TOPIC', description: 'must exist' }],
  options: {
    yes: { type: 'flag', description: 'do not ask; needed where standard input is no terminal' },
    brokers: brokersOption,
    'timeout-ms': timeoutOption,
  },
  examples: ['yak topics delete orders --yes'],

  async run({ positionals, options, terminal }) {
    const topic = topicArgument(positionals[0]!)
    if (!options.yes) assertCanConfirm(terminal)
    const call = { timeoutMs: options['timeout-ms'] }
    const client = await openClient(options.brokers)
    try {
      if (!options.yes) {
        const { records } = recordCountOf(await client.admin().describeTopic(topic, call))
        if (
          !(await confirm(`Delete ${topic} with ${countOf(records, 'record')}? They cannot be brought back.`, terminal))
        ) {
          terminal.status.line('Nothing was deleted.')
          return EXIT.notAll
        }
      }
      await client.admin().deleteTopic(topic, call)
      await terminal.output.write(`deleted ${topic}\n`)
      return EXIT.done
    } finally {
      await client.close()
    }
  },
})
