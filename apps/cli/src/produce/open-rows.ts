import { extname } from 'node:path'
import { type RowBatch, readCsvRows, readLineRows, readNdjsonRows, SourceError, TextDecoding } from '@yak/rows'
import { UsageError } from '../arguments/usage-error.ts'
import type { ByteSource } from '../sources/byte-source.ts'

export type RowFormat = 'csv' | 'ndjson' | 'lines'

/** How the input is to be read, resolved from the flags before anything is opened. */
export interface RowOptions {
  readonly format: RowFormat
  readonly key: string | undefined
  readonly delimiter: string
  readonly types: 'text' | 'infer'
  readonly encoding: string | undefined
}

const formatByExtension: ReadonlyMap<string, RowFormat> = new Map([
  ['.csv', 'csv'],
  ['.tsv', 'csv'],
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.txt', 'lines'],
])

/** By what a packed file's name ends in, what writes its content to standard output. */
const unpackers: ReadonlyMap<string, string> = new Map([
  ['.gz', 'zcat'],
  ['.zst', 'zstdcat'],
  ['.bz2', 'bzcat'],
  ['.xz', 'xzcat'],
  ['.zip', 'unzip -p'],
])

export interface RowFlags {
  readonly file: string
  readonly format: RowFormat | undefined
  readonly key: string | undefined
  readonly delimiter: string | undefined
  readonly types: 'text' | 'infer' | undefined
  readonly encoding: string | undefined
}

/** Throws `UsageError` for flags that do not go together. */
export function rowOptions(flags: RowFlags): RowOptions {
  const { file } = flags
  const extension = extname(file).toLowerCase()
  const format = flags.format ?? (file === '-' ? 'ndjson' : formatByExtension.get(extension))
  const unpack = unpackers.get(extension)
  if (unpack !== undefined) {
    const inner =
      flags.format ?? formatByExtension.get(extname(file.slice(0, -extension.length)).toLowerCase()) ?? 'csv'
    throw new UsageError(
      `${file} is packed. Unpack it on the way: ${unpack} ${file} | yak produce TOPIC --file - --format ${inner}.`,
    )
  }
  if (format === undefined) {
    throw new UsageError(
      `What ${file} holds cannot be told from its name. Give --format csv, --format ndjson or --format lines.`,
    )
  }
  if (format !== 'csv') {
    const wrong = flags.delimiter !== undefined ? 'delimiter' : flags.types !== undefined ? 'types' : undefined
    if (wrong !== undefined)
      throw new UsageError(`--${wrong} is for CSV, and the input is read as ${format}. Leave it out.`)
  }
  assertEncoding(flags.encoding)
  return {
    format,
    key: flags.key,
    delimiter: delimiterOf(flags.delimiter ?? (extension === '.tsv' ? '\t' : ',')),
    types: flags.types ?? 'text',
    encoding: flags.encoding,
  }
}

/** Throws `SourceError` while it is read. `note` gets a sentence about input that is read, and probably not as it was meant. */
export function openRows(
  source: ByteSource,
  options: RowOptions,
  note: (text: string) => void,
): AsyncGenerator<RowBatch> {
  const { format, key, delimiter, types } = options
  const decoding = new TextDecoding(
    options.encoding,
    encodingAdvice,
    format === 'csv' ? 'INVALID_CSV' : 'INVALID_RECORD',
  )
  if (format === 'csv') {
    const onHeader = (columns: readonly string[]): void => {
      const meant = otherDelimiterIn(columns)
      if (meant !== undefined)
        note(
          `${source.name} has one column, "${shownName(columns[0]!)}". If it has several, give --delimiter ${meant}.`,
        )
    }
    return readCsvRows(source.chunks, { name: source.name, decoding, delimiter, keyField: key, types, onHeader })
  }
  if (format === 'ndjson') return readNdjsonRows(source.chunks, { decoding, keyField: key })
  return readLineRows(source.chunks, { decoding, key })
}

const encodingAdvice = (example: string): string => `name its encoding, as in --encoding ${example}`

function assertEncoding(encoding: string | undefined): void {
  try {
    new TextDecoding(encoding)
  } catch (error) {
    throw error instanceof SourceError ? new UsageError(error.message) : error
  }
}

function shownName(column: string): string {
  return column.length > 200 ? `${column.slice(0, 200)}…` : column
}

/** As the flag takes it. */
function otherDelimiterIn(columns: readonly string[]): string | undefined {
  const found = columns.length === 1 ? /[;\t|,]/.exec(columns[0]!)?.[0] : undefined
  return found === '\t' ? 'tab' : found === undefined ? undefined : `'${found}'`
}

function delimiterOf(text: string): string {
  const delimiter = text === '\\t' || text === 'tab' ? '\t' : text
  if (delimiter.length !== 1 || '"\r\n\ufeff'.includes(delimiter)) {
    throw new UsageError(`--delimiter is "${text}". Give one character other than a quote or line break, or tab.`)
  }
  return delimiter
}
