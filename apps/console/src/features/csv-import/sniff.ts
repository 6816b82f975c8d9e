import { kindsOf, STRING } from './cell-kinds.ts'
import { type CsvFormat, delimiters } from './csv-format.ts'
import { CsvSplitter, type SplitRow } from './csv-splitter.ts'

/** The format that the first bytes of a file speak for. `bytes` may end anywhere. */
export function sniffFormat(bytes: Uint8Array, isWhole: boolean): CsvFormat {
  const encoding = sniffEncoding(bytes, isWhole)
  const text = new TextDecoder(encoding).decode(bytes)
  const quote = sniffQuote(text)
  const delimiter = sniffDelimiter(text, quote)
  const rows = sampleRows(text, delimiter, quote)
  return { encoding, quote, delimiter, hasHeader: sniffHeader(rows) }
}

/** A byte order mark; then zero bytes at odd or even places; then whether it is UTF-8 at all. */
export function sniffEncoding(bytes: Uint8Array, isWhole: boolean): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  let [even, odd] = [0, 0]
  const looked = Math.min(bytes.length, 1_000)
  for (let index = 0; index < looked; index++) if (bytes[index] === 0) index % 2 === 0 ? even++ : odd++
  if (odd > looked / 4) return 'utf-16le'
  if (even > looked / 4) return 'utf-16be'
  try {
    // Unless the file ends here, its last character may be cut.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isWhole })
    return 'utf-8'
  } catch {
    return isMostlyUtf8(bytes) ? 'utf-8' : 'windows-1252'
  }
}

/**
 * Whether UTF-8 explains more of the characters beyond ASCII than it leaves: a broken row or two are then told as such, where
 * another encoding would take every byte and spoil every name without a word.
 */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  const beyondAscii = new TextDecoder('utf-8').decode(bytes).match(/\P{ASCII}/gu) ?? []
  const unread = beyondAscii.filter((character) => character === '\ufffd').length
  return unread * 2 < beyondAscii.length
}

function sniffQuote(text: string): string {
  const opens = (quote: string) =>
    text.split('\n', 200).filter((line) => new RegExp(`(^|[,;\\t|])${quote}`).test(line)).length
  return opens("'") > 2 && opens('"') === 0 && /'[,;\t|\r\n]/.test(text) ? "'" : '"'
}

/** The delimiter that gives most rows the same count of fields, of more than one. */
function sniffDelimiter(text: string, quote: string): string {
  let best = { delimiter: ',', score: 0 }
  for (const { value: delimiter } of delimiters) {
    const counts = sampleRows(text, delimiter, quote).map(({ fields }) => fields.length)
    const usual = mode(counts)
    if (usual < 2) continue
    const share = counts.filter((count) => count === usual).length / counts.length
    const score = share * share * Math.min(usual, 8)
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

/** Names are words, unlike one another, and unlike what stands below them. */
export function sniffHeader(rows: readonly SplitRow[]): boolean {
  const [first, ...others] = rows
  if (first === undefined) return true
  const { fields } = first
  const isNameLike = fields.every((field) => field.trim() !== '' && kindsOf(field) === STRING)
  if (!isNameLike || new Set(fields).size !== fields.length) return false
  if (others.length === 0) return true
  // A column of numbers or dates below a word: a header for sure. All words: most likely still.
  const below = others.slice(0, 20)
  const hasTypedColumn = fields.some((_, column) =>
    below.every(
      (row) => row.fields[column] === undefined || row.fields[column] === '' || kindsOf(row.fields[column]) !== STRING,
    ),
  )
  return hasTypedColumn || !below.some((row) => row.fields.some((field, column) => field === fields[column]))
}

function sampleRows(text: string, delimiter: string, quote: string): SplitRow[] {
  const sample = text.slice(0, 65_536)
  return new CsvSplitter({ delimiter, quote }).push(sample, sample.length === text.length).slice(0, 100)
}

function mode(counts: readonly number[]): number {
  const tally = new Map<number, number>()
  for (const count of counts) tally.set(count, (tally.get(count) ?? 0) + 1)
  return [...tally].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}
