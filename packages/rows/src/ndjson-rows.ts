import { parseJson, parseJsonExact } from '@yak/protocol'
import { badRow, encodingDetail, goodRow, maxRowLength, type Row, type RowBatch } from './row.ts'
import { invalidByteIn, type TextDecoding } from './text-decoding.ts'
import { readTextLines, type TextLine } from './text-lines.ts'

/** How a file with one JSON value in each line is read, and which field is the key. */
export interface NdjsonOptions {
  /** Of the file's bytes. */
  readonly decoding: TextDecoding
  /** The field of each row whose value is the record's key. */
  readonly keyField: string | undefined
}

/** One JSON value a line, sent byte for byte as it stands there. Blank lines hold no row. */
export async function* readNdjsonRows(
  chunks: AsyncIterable<Uint8Array>,
  options: NdjsonOptions,
): AsyncGenerator<RowBatch> {
  for await (const { lines, bytesRead } of readTextLines(chunks, options.decoding, maxRowLength)) {
    const rows: Row[] = []
    for (const line of lines) {
      if (line.tooLong || line.text.trim() !== '') rows.push(ndjsonRow(line, options))
    }
    yield { rows, bytesRead }
  }
}

function ndjsonRow({ number, text, tooLong }: TextLine, { decoding, keyField }: NdjsonOptions): Row {
  if (tooLong) return badRow(number, number, 'RECORD_TOO_LARGE', `it has more than ${maxRowLength} characters`)
  const invalidByte = decoding.sawInvalid ? invalidByteIn(text) : undefined
  if (invalidByte !== undefined)
    return badRow(number, number, 'INVALID_JSON', encodingDetail(invalidByte, decoding.advice))

  const value = text.trim()
  let parsed: unknown
  try {
    parsed = parseJson(value)
  } catch (error) {
    const why = placed((error as Error).message, text.length - text.trimStart().length)
    return badRow(number, number, 'INVALID_JSON', `it is not JSON: ${why}`)
  }
  if (keyField === undefined) return goodRow(number, number, null, value)

  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, keyField)) {
    return badRow(number, number, 'KEY_FIELD_NOT_FOUND', `it has no field "${keyField}" for the key`)
  }
  const field = (parsed as Record<string, unknown>)[keyField]
  if (field === '') return badRow(number, number, 'KEY_FIELD_NOT_FOUND', `its key field "${keyField}" is empty`)
  if (typeof field === 'string') return goodRow(number, number, field, value)
  if (typeof field === 'boolean') return goodRow(number, number, String(field), value)
  // As its digits stand in the row: a 20-digit id keeps all of them.
  if (typeof field === 'number') {
    try {
      return goodRow(number, number, exactNumberText(value, keyField), value)
    } catch (error) {
      // It nests deeper than is read exactly.
      return badRow(number, number, 'INVALID_JSON', `its key cannot be read: ${(error as Error).message}`)
    }
  }
  return badRow(
    number,
    number,
    'KEY_FIELD_NOT_FOUND',
    `its field "${keyField}" is no text, number or boolean, so it cannot be a key`,
  )
}

function exactNumberText(rowText: string, field: string): string {
  return JSON.stringify((parseJsonExact(rowText) as Record<string, unknown>)[field])
}

/** JSON.parse counts from the beginning of the row, and calls that line 1: beside the line of the file it would mislead. */
function placed(message: string, leadingBlanks: number): string {
  const place = / at position (\d+)( \(line \d+ column \d+\))?$/.exec(message)
  return place === null
    ? message
    : `${message.slice(0, place.index)}, at character ${leadingBlanks + Number(place[1]) + 1}`
}
