/** A piece of a text, and where it begins. */
export interface TextChunk {
  readonly start: number
  readonly text: string
  /** Lines that it takes where one has so many columns as were asked for. */
  readonly lines: number
}

/** Columns that a character takes with all that is joined to it or put over it: two, about, of Chinese and of an emoji. */
export type WidthOf = (character: string) => number

/** All of it takes one column each, and most text is of it. */
const narrow = /^[\n\r\x20-\x7e\xa1-\xac\xae-\u02ff]*$/
const oneColumn: WidthOf = () => 1
/** One character with its accents; emoji that are joined to one. */
const character = /.(?:\p{M}|\p{Emoji_Modifier}|\u200d\p{Extended_Pictographic})*/suy

/**
 * A text in pieces of `size` characters at most, or a few more; put together they are the text. Each ends with a line of the
 * text, or where a line that goes on has filled whole rows of `columns`, which need not be a whole number, so that pieces below
 * each other look like one. No piece ends within a character.
 */
export function textChunks(
  text: string,
  columns: number,
  widthOf: WidthOf = oneColumn,
  size = 8_192,
): readonly TextChunk[] {
  const chunks: TextChunk[] = []
  for (let start = 0; start < text.length; ) {
    const end = endOf(text, start, columns, widthOf, size)
    const piece = text.slice(start, end)
    chunks.push({ start, text: piece, lines: linesOf(piece, columns, widthOf) })
    start = end
  }
  return chunks
}

function endOf(text: string, start: number, columns: number, widthOf: WidthOf, size: number): number {
  let end = start + size
  if (end >= text.length) return text.length
  const lineStart = text.lastIndexOf('\n', end - 1) + 1
  if (lineStart > start + size / 2) return lineStart
  const from = Math.max(start, lineStart)
  const { lastRow } = rowsOf(text.slice(from, end), columns, widthOf)
  if (lastRow > 0) end = from + lastRow
  if (isWithinCharacter(text, end)) end++
  // The end of a line at the beginning of the next piece would be an empty line.
  return text[end] === '\n' ? end + 1 : end
}

function isWithinCharacter(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1)
  return before >= 0xd800 && before <= 0xdbff
}

function linesOf(piece: string, columns: number, widthOf: WidthOf): number {
  const lines = (piece.endsWith('\n') ? piece.slice(0, -1) : piece).split('\n')
  return lines.reduce((sum, line) => sum + rowsOf(line, columns, widthOf).count, 0)
}

/** Rows that one line takes, at least one, and where the last begins: behind the end where all before it are full. */
function rowsOf(line: string, columns: number, widthOf: WidthOf): { readonly count: number; readonly lastRow: number } {
  if (narrow.test(line)) {
    const perRow = Math.max(1, Math.floor(columns))
    return {
      count: Math.max(1, Math.ceil(line.length / perRow)),
      lastRow: Math.floor(line.length / perRow) * perRow,
    }
  }
  let [count, lastRow, width] = [1, 0, 0]
  for (let at = 0; at < line.length; ) {
    const end = characterEnd(line, at)
    const taken = end === at + 1 && line.charCodeAt(at) < firstMark ? 1 : widthOf(line.slice(at, end))
    if (width > 0 && width + taken > columns) {
      count++
      lastRow = at
      width = 0
    }
    width += taken
    at = end
  }
  return { count, lastRow }
}

/** Nothing before it is put over another character, nor between the two others, which are letters of Chinese and Korean. */
const firstMark = 0x300
const [letters, surrogates] = [0x3100, 0xd800]

function characterEnd(line: string, at: number): number {
  const end = at + (line.codePointAt(at)! > 0xffff ? 2 : 1)
  const next = line.charCodeAt(end)
  // Behind the end there is none, which is no number.
  if (!(next >= firstMark) || (next >= letters && next < surrogates)) return end
  character.lastIndex = at
  character.test(line)
  return character.lastIndex
}
