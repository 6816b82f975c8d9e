import type { TopicDescription } from '@yak/client'
import { LIMITS, type OffsetPosition, YakError } from '@yak/protocol'
import { topicArgument } from '../arguments/topic-argument.ts'
import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, reportConnection, timeoutOption } from '../connect.ts'
import { recordJson, recordLine } from '../consume/record-text.ts'
import { startPositionOf } from '../consume/start-position.ts'
import { EXIT } from '../exit-code.ts'
import { countOf } from '../terminal/quantities.ts'
import { catchInterrupt } from '../terminal/terminal.ts'

export const consume: Command = defineCommand({
  path: ['consume'],
  summary: 'Prints the records of a topic',
  positionals: [{ name: 'TOPIC', description: 'must exist' }],
  options: {
    partition: {
      type: 'integer',
      placeholder: 'N',
      min: 0,
      max: LIMITS.maxPartitionsPerTopic - 1,
      description: 'read this partition; else all of them',
    },
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
      ...timeoutOption,
      description: 'for how long, at the start, a broker that does not answer is tried',
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
    const topic = topicArgument(positionals[0]!)
    const from = startPositionOf(options.from, Date.now())
    const render = options.json ? recordJson : recordLine
    const client = await openClient(options.brokers)
    const interrupt = catchInterrupt()
    const endReport = reportConnection(client, status)
    const stop = AbortSignal.any([interrupt.signal, output.readerGone])
    let count = 0
    try {
      const description = await client.admin().describeTopic(topic, { signal: stop, timeoutMs: options['timeout-ms'] })
      const consumer = client.consumer({
        partitions: startsOf(description, options.partition, from),
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
        await output.write(text)
        if (count === max || stop.aborted) break
      }
      await output.finish()
    } catch (error) {
      if (!stop.aborted) throw error
    } finally {
      interrupt.release()
      endReport()
      await client.close()
    }
    if (output.failure !== undefined) throw output.failure
    if (!output.readerGone.aborted) status.line(countOf(count, 'record'))
    return interrupt.exitCode ?? EXIT.done
  },
})

interface PartitionStart {
  readonly topic: string
  readonly partition: number
  readonly from: 'earliest' | 'latest' | number | Date
}

function startsOf(
  { name: topic, partitions }: TopicDescription,
  partition: number | undefined,
  position: OffsetPosition,
): PartitionStart[] {
  const from = typeof position === 'object' ? new Date(position.timestampMs) : position
  if (partition !== undefined) {
    const state = partitions.find((each) => each.partition === partition)
    if (typeof from === 'number' && state !== undefined) assertInRange(from, topic, state)
    return [{ topic, partition, from }]
  }
  return partitions.map(({ partition, logStartOffset, highWatermark }) => ({
    topic,
    partition,
    from: typeof from === 'number' ? Math.min(Math.max(from, logStartOffset), highWatermark) : from,
  }))
}

function assertInRange(
  offset: number,
  topic: string,
  { partition, logStartOffset, highWatermark }: { partition: number; logStartOffset: number; highWatermark: number },
): void {
  if (offset >= logStartOffset && offset <= highWatermark) return
  throw new YakError(
    'OFFSET_OUT_OF_RANGE',
    `Offset ${offset} is not in ${topic}-${partition}, which begins at ${logStartOffset} and ends at ${highWatermark}. Give --from one of these, earliest or latest.`,
  )
}
