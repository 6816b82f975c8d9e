import type { Producer } from '@yak/client'
import { YakError } from '@yak/protocol'
import { partitionOption } from '../arguments/partition-option.ts'
import { topicArgument } from '../arguments/topic-argument.ts'
import { UsageError } from '../arguments/usage-error.ts'
import { type Command, defineCommand } from '../command.ts'
import { brokersOption, openClient, reportConnection } from '../connect.ts'
import { EXIT } from '../exit-code.ts'
import type { DeliveryOptions } from '../produce/delivery.ts'
import { type RowFormat, type RowOptions, rowOptions } from '../produce/open-rows.ts'
import { produceRows } from '../produce/produce-rows.ts'
import { summaryJson, summaryLine } from '../produce/summary.ts'
import { waitOnInterrupt } from '../produce/wait-on-interrupt.ts'
import { reportError } from '../report-error.ts'
import { type ByteSource, openByteSource } from '../sources/byte-source.ts'
import { catchInterrupt, type Terminal } from '../terminal/terminal.ts'

export const produce: Command = defineCommand({
  path: ['produce'],
  summary: 'Sends one value, or the rows of a file or of standard input, to a topic',
  positionals: [{ name: 'TOPIC', description: 'created on its first record, where the broker allows it' }],
  options: {
    file: {
      type: 'text',
      placeholder: 'FILE',
      description: 'rows to send: .csv, .tsv, .ndjson, .jsonl, .txt; - is standard input',
    },
    value: { type: 'text', placeholder: 'JSON', description: 'the one value to send, kept as it is typed' },
    key: {
      type: 'text',
      placeholder: 'KEY',
      description: 'with rows the field that holds the key, else (--value, --format lines) the key itself',
    },
    format: {
      type: 'choice',
      choices: ['csv', 'ndjson', 'lines'],
      description: 'of the rows, when the name does not tell; standard input is ndjson unless told',
    },
    partition: partitionOption('send to this partition; else the key decides, and without one any'),
    header: { type: 'text-list', placeholder: 'NAME=TEXT', description: 'a header for each record; may be repeated' },
    delimiter: {
      type: 'text',
      placeholder: 'CHAR',
      description: 'between the fields of CSV; comma unless the file is .tsv',
    },
    types: {
      type: 'choice',
      choices: ['text', 'infer'],
      description:
        'text: every CSV value is a JSON string (the default); infer: numbers, true, false and null stand as they are written',
    },
    encoding: {
      type: 'text',
      placeholder: 'NAME',
      description: 'of the text; UTF-8, or what a byte order mark says, unless told',
    },
    strict: { type: 'flag', description: 'stop at the first bad row instead of reporting it and going on' },
    compression: {
      type: 'choice',
      choices: ['none', 'gzip', 'zstd'],
      default: 'none',
      description: 'of the batches on the wire and on disk',
    },
    'timeout-ms': {
      type: 'integer',
      placeholder: 'MS',
      min: 1,
      max: 3_600_000,
      default: 30_000,
      description: 'for how long a row is tried before it is given up',
    },
    brokers: brokersOption,
    json: { type: 'flag', description: 'print the summary as one JSON object on standard output' },
  },
  notes: [
    'Rows that share a key reach the same partition in the order of the file. A row that cannot be sent is reported with its line number and counted; the others are sent, and the exit code is 1.',
    'Ctrl-C stops reading, waits for what is under way and reports it; a second Ctrl-C does not wait.',
  ],
  examples: [
    'yak produce server_metrics --file server_metrics.csv --key host',
    `yak produce server_metrics --key web-1 --value '{"cpu":0.7}'`,
    'zcat rows.csv.gz | yak produce orders --file - --format csv --key order_id',
  ],

  async run({ positionals, options, terminal }) {
    const { file, value } = options
    if (file !== undefined && value !== undefined) throw new UsageError('Give --file or --value, not both.')
    if (file === '') throw new UsageError('--file is empty. Name a file, or - for standard input.')
    if (options.key === '') throw new UsageError('--key is empty. Give a key, or leave it out.')
    if (value !== undefined) {
      const ofRows = (['format', 'delimiter', 'types', 'encoding', 'strict'] as const).find(
        (name) => options[name] !== undefined && options[name] !== false,
      )
      if (ofRows !== undefined) throw new UsageError(`--${ofRows} is for rows, and --value is one value. Leave it out.`)
    }
    const target: DeliveryOptions = {
      topic: topicArgument(positionals[0]!),
      partition: options.partition,
      headers: headersOf(options.header),
    }
    const deliver = async (send: (producer: Producer, onAsked: () => void) => Promise<number>): Promise<number> => {
      const client = await openClient(options.brokers)
      const report = reportConnection(client, terminal.status)
      try {
        return await send(
          client.producer({
            codec: 'string',
            compression: options.compression as 'none' | 'gzip' | 'zstd',
            deliveryTimeoutMs: options['timeout-ms'],
          }),
          report.begin,
        )
      } finally {
        report.end()
        await client.close()
      }
    }
    if (value !== undefined) {
      checkJson(value)
      return deliver((producer, onAsked) => {
        onAsked()
        return sendValue(producer, target, { value, key: options.key }, options.json, terminal)
      })
    }
    if (file !== undefined) {
      const rows = rowOptions({
        file,
        format: options.format as RowFormat | undefined,
        key: options.key,
        delimiter: options.delimiter,
        types: options.types as RowOptions['types'] | undefined,
        encoding: options.encoding,
      })
      const source = await openByteSource(file, terminal.input)
      return deliver((producer, onAsked) =>
        sendRows({ producer, onAsked, target, source, rows, strict: options.strict, json: options.json, terminal }),
      )
    }
    throw new UsageError('Nothing to send. Give --value JSON, or --file FILE (--file - reads standard input).')
  },
})

async function sendValue(
  producer: Producer,
  { topic, partition, headers }: DeliveryOptions,
  { value, key }: { readonly value: string; readonly key: string | undefined },
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const interrupt = catchInterrupt()
  const endPatience = waitOnInterrupt(interrupt, producer, terminal.status, () => 1)
  try {
    const receipt = await producer.send({ topic, value, key, partition, headers })
    await terminal.output.write(
      json
        ? `${JSON.stringify(receipt)}\n`
        : `${topic} partition ${receipt.partition} offset ${receipt.offset ?? 'unknown'} epoch ${receipt.epoch}\n`,
    )
    return interrupt.exitCode ?? EXIT.done
  } catch (error) {
    if (interrupt.exitCode === undefined) throw error
    if (interrupt.impatient.aborted && YakError.is(error)) {
      const what =
        error.outcome === 'not-written'
          ? 'Stopped before the record was sent: it is not written.'
          : `Stopped before the answer came: the record may be written. To find out, read it: yak consume ${topic}.`
      terminal.status.line(`yak produce: ${what} (${error.code})`)
    } else await reportError(error, terminal, 'yak produce')
    return interrupt.exitCode
  } finally {
    endPatience()
    interrupt.release()
  }
}

interface SendRows {
  readonly producer: Producer
  /** A row is on its way. */
  readonly onAsked: () => void
  readonly target: DeliveryOptions
  readonly source: ByteSource
  readonly rows: RowOptions
  readonly strict: boolean
  readonly json: boolean
  readonly terminal: Terminal
}

async function sendRows({
  producer,
  onAsked,
  target,
  source,
  rows,
  strict,
  json,
  terminal,
}: SendRows): Promise<number> {
  const { status, output } = terminal
  const interrupt = catchInterrupt()
  const result = await produceRows({ producer, onAsked, source, rows, delivery: target, strict, status, interrupt })
  interrupt.release()

  status.line(summaryLine(result))
  if (json) await output.write(`${summaryJson(target.topic, source.name, result)}\n`)
  if (interrupt.exitCode !== undefined) {
    // After a second Ctrl-C it is only that they were given up.
    const { failure } = result
    if (failure !== undefined && !interrupt.impatient.aborted) await reportError(failure, terminal, 'yak produce')
    return interrupt.exitCode
  }
  if (result.failure !== undefined) throw result.failure
  return result.failed === 0 && result.unknown === 0 ? EXIT.done : EXIT.notAll
}

function headersOf(entries: readonly string[]): Record<string, string> | undefined {
  if (entries.length === 0) return undefined
  const headers = new Map<string, string>()
  for (const entry of entries) {
    const equals = entry.indexOf('=')
    if (equals < 1) throw new UsageError(`--header is "${entry}". Give NAME=TEXT.`)
    const name = entry.slice(0, equals)
    if (headers.has(name)) throw new UsageError(`--header names "${name}" twice. Give each name once.`)
    headers.set(name, entry.slice(equals + 1))
  }
  return Object.fromEntries(headers)
}

function checkJson(value: string): void {
  try {
    JSON.parse(value)
  } catch (error) {
    throw new UsageError(
      `--value is not JSON: ${(error as Error).message}. For a text write it in double quotes: --value '${JSON.stringify(value)}'.`,
    )
  }
}
