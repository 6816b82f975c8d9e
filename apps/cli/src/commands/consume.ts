import { partitionOption } from '../arguments/partition-option.ts'
import { topicArgument } from '../arguments/topic-argument.ts'
import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, reportConnection, timeoutOption, withoutDefault } from '../connect.ts'
import { partitionStarts } from '../consume/partition-starts.ts'
import { recordJson, recordLine } from '../consume/record-text.ts'
import { SilenceWatch } from '../consume/silence-watch.ts'
import { startPositionOf } from '../consume/start-position.ts'
import { EXIT } from '../exit-code.ts'
import { countOf } from '../terminal/quantities.ts'
import { catchInterrupt } from '../terminal/terminal.ts'

/** Longer than a leader that is gone is waited for before another leads. */
const silenceMs = 30_000

/** From Ctrl-C until a reader that does not take what was printed is not waited for any more. */
const slowReaderMs = 500

export const consume: Command = defineCommand({
  path: ['consume'],
  summary: 'Prints the records of a topic',
  positionals: [{ name: 'TOPIC', description: 'must exist' }],
  options: {
    partition: partitionOption('read this partition; else all of them'),
    from: {
      type: 'text',
      placeholder: 'WHERE',
      default: 'earliest',
      description:
        'earliest, latest, an offset, a time (2026-01-31T10:00:00Z, or 15m for fifteen minutes ago: the first record at or after it)',
    },
    max: {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      description: 'stop after so many records',
    },
    follow: { type: 'flag', description: 'go on with records that come, until Ctrl-C' },
    json: { type: 'flag', description: 'one JSON object a line, with every field and the value as it was sent' },
    brokers: brokersOption,
    'timeout-ms': {
      ...withoutDefault(timeoutOption),
      description:
        'for how long a broker that does not answer is tried: 5,000 at the start, 30,000 in the middle, without end with --follow',
    },
  },
  notes: [
    'Without --follow it ends where the partitions ended when it began. Records of one partition come in their order; between partitions there is none.',
    'An offset that is not in the partition is an error with --partition; without, each partition is read from the nearest offset it has.',
  ],
  examples: [
    'yak consume server_metrics --json > readings.ndjson',
    'yak consume server_metrics --partition 1 --from 120 --max 10',
    'yak consume server_metrics --from latest --follow',
  ],

  async run({ positionals, options, terminal }) {
    const { output, status } = terminal
    const timeoutMs = options['timeout-ms']
    const topic = topicArgument(positionals[0]!)
    const from = startPositionOf(options.from, Date.now())
    const render = options.json ? recordJson : recordLine
    const client = await openClient(options.brokers)
    const interrupt = catchInterrupt()
    const report = reportConnection(client, status)
    report.begin()
    const silence = new SilenceWatch(client, options.follow ? undefined : (timeoutMs ?? silenceMs))
    const stop = AbortSignal.any([interrupt.signal, output.readerGone, silence.signal])
    let count = 0
    try {
      const description = await client
        .admin()
        .describeTopic(topic, { signal: stop, timeoutMs: timeoutMs ?? timeoutOption.default })
      const consumer = client.consumer({
        partitions: partitionStarts(description, options.partition, from),
        codec: 'bytes',
        follow: options.follow,
        missingTopic: 'error',
        signal: stop,
      })
      const max = options.max ?? Number.POSITIVE_INFINITY
      for await (const batch of consumer.batches()) {
        let text = ''
        for (const message of batch) {
          if (count === max) break
          text += `${render(message)}\n`
          count++
        }
        await silence.except(output.write(text, interrupt.signal))
        if (count === max || stop.aborted) break
      }
      await output.finish(interrupt.signal)
    } catch (error) {
      if (!stop.aborted) {
        if (count > 0) status.line(countOf(count, 'record'))
        throw error
      }
    } finally {
      silence.end()
      interrupt.release()
      report.end()
      await client.close()
    }
    if (interrupt.signal.aborted) await output.finishWithin(slowReaderMs)
    if (output.failure !== undefined) throw output.failure
    const rest = output.isAbandoned ? ', and the reader has not taken all of them' : ''
    if (!output.readerGone.aborted) status.line(`${countOf(count, 'record')}${rest}`)
    if (interrupt.exitCode === undefined && silence.signal.aborted) throw silence.signal.reason
    return interrupt.exitCode ?? EXIT.done
  },
})
