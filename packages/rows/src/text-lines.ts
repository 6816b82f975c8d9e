import type { TextDecoding } from './text-decoding.ts'

export interface TextLine {
  /** From 1. */
  readonly number: number
  /** Without its line break, LF or CRLF. */
  readonly text: string
  /** It went past `maxLength`; `text` is empty. */
  readonly tooLong: boolean
}

export interface TextLineBatch {
  readonly lines: readonly TextLine[]
  readonly bytesRead: number
}

/** Lines of a byte stream in bounded memory: a line past `maxLength` characters is dropped as it passes, and said so. */
export async function* readTextLines(
  chunks: AsyncIterable<Uint8Array>,
  decoding: TextDecoding,
  maxLength: number,
): AsyncGenerator<TextLineBatch> {
  let pending = ''
  let tooLong = false
  let number = 1
  let bytesRead = 0

  const take = (text: string, ended: boolean): TextLine[] => {
    const lines: TextLine[] = []
    const all = pending + text
    let start = 0
    for (;;) {
      let end = all.indexOf('\n', start)
      if (end === -1) {
        if (!ended || (start === all.length && !tooLong)) break
        end = all.length
      }
      const textEnd = end > start && all[end - 1] === '\r' ? end - 1 : end
      const over = tooLong || textEnd - start > maxLength
      lines.push({ number, text: over ? '' : all.slice(start, textEnd), tooLong: over })
      number++
      tooLong = false
      start = end + 1
      if (start > all.length) break
    }
    pending = all.slice(start)
    if (pending.length > maxLength) {
      pending = ''
      tooLong = true
    }
    return lines
  }

  for await (const chunk of chunks) {
    bytesRead += chunk.byteLength
    yield { lines: take(decoding.decode(chunk), false), bytesRead }
  }
  yield { lines: take(decoding.end(), true), bytesRead }
}
