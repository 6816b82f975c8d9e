import { isNumberText } from './exact-number.ts'
import { isoTime } from './format.ts'
import type { Message } from './json/consume-text.ts'
import { valueAt } from './json/message-place.ts'
import { readPath } from './json/path-text.ts'

export type ExportFormat = 'json' | 'ndjson' | 'csv'

export interface ExportOptions {
  readonly format: ExportFormat
  /** CSV: a byte order mark, by which Excel knows that it is UTF-8. */
  readonly bom: boolean
  /** CSV: an apostrophe before what a spreadsheet would take for a formula. */
  readonly guard: boolean
  /** CSV: paths of the value that get a column of their own. */
  readonly paths: readonly string[]
  /** CSV: the topic as the first column, where messages are of more than one. */
  readonly topic?: boolean
}

export interface Exporter {
  /** What stands before the first message. */
  readonly head: string
  readonly mimeType: string
  readonly extension: string
  /** One message; `index` from 0. */
  readonly row: (message: Message, index: number) => string
  readonly tail: string
}

/** Messages as text, one after the other, so that a topic of any size can be written as it is read. */
export function exporter(options: ExportOptions): Exporter {
  if (options.format === 'csv') return csvExporter(options)
  if (options.format === 'ndjson')
    return {
      head: '',
      mimeType: 'application/x-ndjson',
      extension: 'ndjson',
      row: (message) => `${messageJson(message)}\n`,
      tail: '',
    }
  return {
    head: '[',
    mimeType: 'application/json',
    extension: 'json',
    row: (message, index) => `${index === 0 ? '\n' : ',\n'}${messageJson(message)}`,
    tail: '\n]\n',
  }
}

/** One line of JSON in the shape of GET /consume; the value is spliced in, so that each digit stays as it was sent. */
export function messageJson(message: Message): string {
  const { topic, partition, offset, timestamp, key, keyEncoding, valueText, encoding, headersText, epoch } = message
  const keyPart = keyEncoding === undefined ? '' : `,"keyEncoding":"${keyEncoding}"`
  const valuePart = encoding === undefined ? '' : `,"encoding":"${encoding}"`
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestamp},` +
    `"key":${JSON.stringify(key)}${keyPart},"value":${oneLine(valueText)}${valuePart},"headers":${oneLine(headersText)},"epoch":${epoch}}`
  )
}

/** In JSON a line break stands only between tokens, never within a string; so it may become a space. */
function oneLine(json: string): string {
  return json.replace(/[\r\n]+/g, ' ')
}

/** RFC 4180: CRLF, quotes around what needs them, quotes within doubled. */
function csvExporter({ bom, guard, paths, topic = false }: ExportOptions): Exporter {
  const names = [
    ...(topic ? ['topic'] : []),
    'partition',
    'offset',
    'timestamp',
    'key',
    'keyEncoding',
    'value',
    'encoding',
    'headers',
    'epoch',
    ...paths,
  ]
  const steps = paths.map((path) => readPath(path) ?? [])
  const line = (cells: readonly string[]) =>
    `${cells.map((cell) => csvCell(guard ? guarded(cell) : cell)).join(',')}\r\n`
  return {
    head: `${bom ? '\uFEFF' : ''}${line(names)}`,
    mimeType: 'text/csv',
    extension: 'csv',
    row: (message) =>
      line([
        ...(topic ? [message.topic] : []),
        String(message.partition),
        String(message.offset),
        message.timestamp < 0 ? '' : (isoTime(message.timestamp) ?? String(message.timestamp)),
        message.key ?? '',
        message.keyEncoding ?? '',
        message.valueText,
        message.encoding ?? '',
        message.headersText === '{}' ? '' : message.headersText,
        String(message.epoch),
        ...steps.map((path) => valueAt(message, path)),
      ]),
    tail: '',
  }
}

export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

/** A cell that begins like a formula runs in a spreadsheet. A plain number, -5, does not, and stays a number. */
export function guarded(text: string): string {
  return /^[=+\-@\t\r\n|%]/.test(text) && !isNumberText(text) ? `'${text}` : text
}
