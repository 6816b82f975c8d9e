import { binaryKind } from './binary-file.ts'
import { type CsvFormat, maxColumns } from './csv-format.ts'
import type { SplitRow } from './csv-splitter.ts'
import { identityOf } from './file-identity.ts'
import { headersOf } from './mapping.ts'
import { type ByteSource, readRows } from './read-rows.ts'
import { sniffFormat } from './sniff.ts'
import type { FaultField, Preview } from './worker-messages.ts'

/** A file that cannot be imported as it is, and which choice may help. */
export class FileFault extends Error {
  readonly field: FaultField

  constructor(field: FaultField, message: string) {
    super(message)
    this.field = field
  }
}

const previewRows = 20
const sniffBytes = 262_144

/** What a file looks like in a format; `chosen` null: in the one it speaks for. */
export async function previewFile(name: string, source: ByteSource, chosen: CsvFormat | null): Promise<Preview> {
  if (source.size === 0) throw new FileFault('file', `${name} is empty. Choose a file with at least one row.`)
  const head = await source.read(0, Math.min(sniffBytes, source.size))
  const format = chosen ?? sniffFormat(head, source.size <= sniffBytes)
  const binary = binaryKind(head, format.encoding)
  if (binary !== null) throw new FileFault('file', `${name} is ${binary}`)
  const rows: SplitRow[] = []
  let readBytes = 0
  for await (const block of readRows(source, format)) {
    // One by one: behind a quote that is never closed, a block has more rows than a call may have arguments.
    for (const row of block.rows) rows.push(row)
    readBytes = block.bytesRead
    if (rows.length > previewRows * 4) break
  }
  const first = rows[0]
  if (first === undefined)
    throw new FileFault('file', `${name} holds only blank lines. Choose a file with at least one row.`)
  if (format.hasHeader && first.problem !== null) {
    const field = first.problem.includes('choose the file') ? 'encoding' : 'header'
    throw new FileFault(field, `The header in line ${first.line} cannot be read: ${first.problem}.`)
  }
  if (first.fields.length > maxColumns) {
    throw new FileFault(
      'delimiter',
      `The first row has ${first.fields.length} columns, and ${maxColumns} are the most. Is the delimiter another one?`,
    )
  }
  const below = format.hasHeader ? rows.slice(1) : rows
  if (below.length === 0) {
    throw new FileFault(
      'header',
      `${name} has a header and no row below it. If its first line is data, switch “First row names the columns” off.`,
    )
  }
  const isExact = readBytes >= source.size
  return {
    format,
    identity: await identityOf(name, source),
    headers: headersOf(first.fields, format.hasHeader),
    rows: below.slice(0, previewRows),
    rowEstimate: isExact ? below.length : Math.round((source.size * below.length) / Math.max(1, readBytes)),
    isExact,
    warnings: warningsOf(first, below.slice(0, previewRows * 4), format),
  }
}

function warningsOf(first: SplitRow, rows: readonly SplitRow[], format: CsvFormat): Preview['warnings'] {
  const warnings: { field: 'encoding' | 'delimiter' | 'header'; text: string }[] = []
  const { fields } = first
  const badBytes = rows.filter(({ problem }) => problem?.includes('choose the file')).length
  if (badBytes > 0) {
    warnings.push({
      field: 'encoding',
      text: `${badBytes} of the first ${rows.length} rows have bytes that are not ${format.encoding.toUpperCase()}. Choose another encoding.`,
    })
  }
  if (fields.length === 1) {
    const other = /[;\t|,]/.exec(fields[0]!)
    warnings.push({
      field: 'delimiter',
      text: other === null ? 'There is only one column.' : 'There is only one column. Is the delimiter another one?',
    })
  }
  const ragged = rows.filter((row) => row.problem === null && row.fields.length !== fields.length)
  if (ragged.length > 0) {
    warnings.push({
      field: 'delimiter',
      text: `Line ${ragged[0]!.line} has ${ragged[0]!.fields.length} fields where the first row has ${fields.length}. Such rows cannot be sent.`,
    })
  }
  if (format.hasHeader) {
    const doubled = fields.find((field, index) => fields.indexOf(field) !== index)
    if (doubled !== undefined) {
      warnings.push({
        field: 'header',
        text: `Two columns are called “${doubled}”. The second is shown with a number.`,
      })
    } else if (fields.some((field) => field.trim() === '')) {
      warnings.push({ field: 'header', text: 'A column has no name. It is shown by its number.' })
    }
  }
  return warnings
}
