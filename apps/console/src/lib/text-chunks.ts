/** A piece of a text, and where it begins. */
export interface TextChunk {
  readonly start: number
  readonly text: string
  /** Lines that it takes where one has so many columns as were asked for, and each character one of them. */
  readonly lines: number
}

/**
 * A text in pieces of `size` characters at most, or a few more; put together they are the text. Each ends with a line of the
 * text, or where a line that goes on has filled whole rows of `columns`, so that pieces below each other look like one. No
 * piece ends within a character.
 */
export function textChunks(text: string, columns: number, size = 8_192): readonly TextChunk[] {
  const chunks: TextChunk[] = []
  for (let start = 0; start < text.length; ) {
    const end = endOf(text, start, columns, size)
    const piece = text.slice(start, end)
    chunks.push({ start, text: piece, lines: linesOf(piece, columns) })
    start = end
  }
  return chunks
}

function endOf(text: string, start: number, columns: number, size: number): number {
  let end = start + size
  if (end >= text.length) return text.length
  const lineStart = text.lastIndexOf('\n', end - 1) + 1
  if (lineStart > start + size / 2) return lineStart
  const from = Math.max(start, lineStart)
  const rows = Math.floor((end - from) / columns)
  if (rows > 0) end = from + rows * columns
  if (isWithinCharacter(text, end)) end++
  // The end of a line at the beginning of the next piece would be an empty line.
  return text[end] === '\n' ? end + 1 : end
}

function isWithinCharacter(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1)
  return before >= 0xd800 && before <= 0xdbff
}

function linesOf(piece: string, columns: number): number {
  const lines = (piece.endsWith('\n') ? piece.slice(0, -1) : piece).split('\n')
  return lines.reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / columns)), 0)
}
