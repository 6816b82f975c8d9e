import { type ClipboardEvent, memo, useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { type TextChunk, textChunks, type WidthOf } from '../lib/text-chunks.ts'
import { Mark } from './marked-text.tsx'
import { monoColumnsExact, monoWidths } from './mono-columns.ts'
import { visibleParts } from './visible-text.tsx'

/** A screen and more. */
const atOnce = 2
const linePx = 20
const noHits: readonly number[] = []

interface Shown {
  readonly chunks: readonly TextChunk[]
  readonly hits: readonly number[]
  readonly hitLength: number
  readonly current: number | null
}

/**
 * Text of any length, in rows that are full whatever stands where they end, in pieces below each other: made and laid out at once, a megabyte would hold up the page.
 * All of it is in the page, for the browser's own search too; pieces out of sight are not laid out. Of a selection the text is
 * copied, without the ends of pieces.
 */
export function LongText({
  text,
  hits,
  hitLength,
  current,
}: {
  text: string
  /** Where the marks begin, in order; each is of `hitLength` characters. */
  hits: readonly number[]
  hitLength: number
  /** The one that stands out and comes into sight. */
  current: number | null
}) {
  const box = useRef<HTMLPreElement>(null)
  const [rows, setRows] = useState<{ readonly columns: number; readonly widthOf: WidthOf } | null>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return undefined
    const widthOf = monoWidths(element)
    const measure = () => {
      const columns = Math.max(1, monoColumnsExact(element))
      setRows((before) => (before?.columns === columns ? before : { columns, widthOf }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const chunks = useMemo(() => (rows === null ? [] : textChunks(text, rows.columns, rows.widthOf)), [text, rows])
  const wanted = useMemo((): Shown => ({ chunks, hits, hitLength, current }), [chunks, hits, hitLength, current])
  // The rest is made in the time that is left, a piece at a time.
  const shown = useDeferredValue(wanted)
  const begun = shown.chunks.length > 0 ? shown : { ...wanted, chunks: chunks.slice(0, atOnce) }
  const marks = useMemo(
    () => begun.chunks.map((chunk) => marksOf(chunk, begun.hits, begun.hitLength)),
    [begun.chunks, begun.hits, begun.hitLength],
  )
  return (
    <pre
      ref={box}
      className="whitespace-break-spaces font-mono text-xs leading-5 [line-break:anywhere]"
      onCopy={copyAsItIs}
    >
      {begun.chunks.map((chunk, index) => (
        <Chunk
          key={chunk.start}
          chunk={chunk}
          marks={marks[index]!}
          hitLength={begun.hitLength}
          current={begun.current !== null && marks[index]!.includes(begun.current) ? begun.current : null}
        />
      ))}
    </pre>
  )
}

/** Those in a piece, also where they begin before it. */
function marksOf({ start, text }: TextChunk, hits: readonly number[], hitLength: number): readonly number[] {
  if (hits.length === 0) return noHits
  const found = hits.filter((at) => at > start - hitLength && at < start + text.length)
  return found.length === 0 ? noHits : found
}

const Chunk = memo(function Chunk({
  chunk: { start, text, lines },
  marks,
  hitLength,
  current,
}: {
  chunk: TextChunk
  marks: readonly number[]
  hitLength: number
  current: number | null
}) {
  const parts: React.ReactNode[] = []
  let end = 0
  for (const at of marks) {
    const from = Math.max(0, at - start)
    if (from > end) parts.push(visibleParts(text.slice(end, from)))
    end = Math.min(text.length, at + hitLength - start)
    parts.push(
      <Mark key={at} current={at === current}>
        {visibleParts(text.slice(from, end))}
      </Mark>,
    )
  }
  if (end < text.length) parts.push(visibleParts(text.slice(end)))
  return (
    <bdi className="block" style={{ contentVisibility: 'auto', containIntrinsicHeight: `auto ${lines * linePx}px` }}>
      {parts}
    </bdi>
  )
})

/** Of pieces as of blocks, the browser would put an end of line between them. */
function copyAsItIs(event: ClipboardEvent<HTMLElement>): void {
  const selection = getSelection()
  if (selection === null || selection.rangeCount === 0) return
  const range = selection.getRangeAt(0)
  if (!event.currentTarget.contains(range.commonAncestorContainer)) return
  event.clipboardData.setData('text/plain', range.toString())
  event.preventDefault()
}
