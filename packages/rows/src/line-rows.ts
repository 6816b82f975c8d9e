import { badRow, encodingDetail, goodRow, maxRowLength, type Row, type RowBatch } from './row.ts'
import { invalidByteIn, type TextDecoding } from './text-decoding.ts'
import { readTextLines } from './text-lines.ts'

/** How a file of lines is read. */
export interface LineOptions {
  /** Of the file's bytes. */
  readonly decoding: TextDecoding
  /** Of every record. */
  readonly key: string | undefined
}

/** Each line of text is a record; its value is the line as a JSON string, so that every reader can decode it. */
export async function* readLineRows(chunks: AsyncIterable<Uint8Array>, options: LineOptions): AsyncGenerator<RowBatch> {
  const key = options.key ?? null
  for await (const { lines, bytesRead } of readTextLines(chunks, options.decoding, maxRowLength)) {
    const rows: Row[] = lines.map(({ number, text, tooLong }) => {
      if (tooLong) return badRow(number, number, 'RECORD_TOO_LARGE', `it has more than ${maxRowLength} characters`)
      const invalidByte = options.decoding.sawInvalid ? invalidByteIn(text) : undefined
      if (invalidByte !== undefined)
        return badRow(number, number, 'INVALID_RECORD', encodingDetail(invalidByte, options.decoding.advice))
      return goodRow(number, number, key, JSON.stringify(text))
    })
    yield { rows, bytesRead }
  }
}
