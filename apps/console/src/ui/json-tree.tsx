import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { type PointerEvent, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import {
  childCount,
  childrenAtFirst,
  type JsonFolds,
  type JsonLine,
  jsonLines,
  unfoldedTo,
} from '../lib/json/json-lines.ts'
import { type JsonFault, type JsonNode, readJson, textOf } from '../lib/json/json-node.ts'
import type { JsonHit, JsonPath } from '../lib/json/json-search.ts'
import { cx } from './cx.ts'
import { MarkedText } from './marked-text.tsx'
import { VisibleText } from './visible-text.tsx'

interface Picking {
  /** The path that is picked, as JSON; null: none. */
  readonly picked: string | null
  readonly onPick: (path: JsonPath, node: JsonNode) => void
  readonly onCarry: ((event: PointerEvent, path: JsonPath) => void) | undefined
}

/** A text that is looked for in the tree, and the hit that is shown now. */
interface Search {
  readonly query: string
  readonly current: JsonHit | null
}

interface JsonTreeProps {
  readonly text: string
  /** Of the text, where it was read before. */
  readonly node?: JsonNode | JsonFault
  readonly openDepth?: number
  readonly picked?: JsonPath | null
  readonly onPick?: Picking['onPick']
  readonly onCarry?: Picking['onCarry']
  /** Marks it wherever it is unfolded, and unfolds what the current hit is in. */
  readonly search?: Search | undefined
  readonly className?: string
}

/**
 * JSON as a tree over its own text: every number as it was sent, folds, no parsed copy. Text that is no JSON shows as it is.
 * With `onPick` each field can be picked, by its name or its value; with `onCarry` too, it can be carried off with the mouse.
 */
export function JsonTree({ text, node: given, className, ...props }: JsonTreeProps) {
  const node = useMemo(() => given ?? readJson(text), [given, text])
  return (
    <div
      className={cx(
        'scroll-x overflow-x-auto font-mono text-xs',
        props.onPick === undefined ? 'leading-5' : 'leading-6',
        className,
      )}
    >
      {node.kind === 'fault' ? (
        <pre className="whitespace-pre-wrap break-all">
          <VisibleText>{text}</VisibleText>
        </pre>
      ) : (
        <Lines text={text} root={node} {...props} />
      )}
    </div>
  )
}

/** A tree of more lines is in the page only where it is seen: drawn at once, one of 256 KB would hold up the page. */
const mostAtOnce = 300
const lineHeights = { read: 20, picked: 24 } as const
/** Of each level, in px; the line that marks it stands so far from its left. */
const indent = 15
const guideAt = 6

function Lines({
  text,
  root,
  openDepth = 3,
  picked,
  onPick,
  onCarry,
  search,
}: Omit<JsonTreeProps, 'className' | 'node'> & { readonly root: JsonNode }) {
  const [folds, setFolds] = useState<JsonFolds>(() => {
    const folds = { open: new Map(), limits: new Map(), openDepth }
    return search?.current == null ? folds : unfoldedTo(root, search.current.path, folds)
  })
  const lines = useMemo(() => jsonLines(root, folds), [root, folds])
  const few = lines.length <= mostAtOnce
  const box = useRef<HTMLDivElement>(null)
  const [frame, setFrame] = useState<{ readonly element: HTMLElement; readonly above: number } | null>(null)
  // What stands above it comes and goes, with each change that is drawn.
  useLayoutEffect(() => {
    if (few || box.current === null) return
    const element = scrollerOf(box.current)
    const top = box.current.getBoundingClientRect().top - element.getBoundingClientRect().top
    const above = Math.round(top + element.scrollTop)
    if (frame?.element !== element || frame.above !== above) setFrame({ element, above })
  })
  /** What has the focus stays in the page when it is scrolled away. */
  const focused = useRef<number | null>(null)
  const list = useVirtualizer({
    count: few ? 0 : lines.length,
    getScrollElement: () => frame?.element ?? null,
    estimateSize: () => (onPick === undefined ? lineHeights.read : lineHeights.picked),
    getItemKey: (index) => keyOf(lines[index]!),
    overscan: 20,
    scrollMargin: frame?.above ?? 0,
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range)
      const at = focused.current
      return at === null || at >= lines.length || seen.includes(at) ? seen : [...seen, at].sort((a, b) => a - b)
    },
  })
  const current = search?.current ?? null
  /** The hit whose line is not yet in sight. */
  const wanted = useRef<JsonHit | null>(current)
  useEffect(() => {
    if (current === null) return
    wanted.current = current
    setFolds((before) => unfoldedTo(root, current.path, before))
  }, [current, root])
  useEffect(() => {
    const hit = wanted.current
    if (hit === null || few || frame === null) return
    const path = JSON.stringify(hit.path)
    const index = lines.findIndex(
      (line) => line.kind !== 'end' && line.kind !== 'more' && JSON.stringify(line.path) === path,
    )
    // Its line may still be folded, and comes with the next ones.
    if (index === -1) return
    wanted.current = null
    list.scrollToIndex(index, { align: 'auto' })
  }, [lines, few, frame, list])
  const picking =
    onPick === undefined ? null : { picked: picked == null ? null : JSON.stringify(picked), onPick, onCarry }
  const line = (each: JsonLine) => (
    <Line
      key={keyOf(each)}
      line={each}
      text={text}
      picking={picking}
      search={search}
      onFold={(node, open) => setFolds((before) => ({ ...before, open: new Map(before.open).set(node.start, open) }))}
      onMore={(node) =>
        setFolds((before) => ({
          ...before,
          limits: new Map(before.limits).set(node.start, (before.limits.get(node.start) ?? childrenAtFirst) * 5),
        }))
      }
    />
  )
  if (few) return <div ref={box}>{lines.map(line)}</div>
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only takes notice of what has the focus
    <div
      ref={box}
      className="relative"
      style={{ height: list.getTotalSize() }}
      onFocus={({ target }) => {
        const index = target.closest<HTMLElement>('[data-index]')?.dataset.index
        focused.current = index === undefined ? null : Number(index)
      }}
      onBlur={() => {
        focused.current = null
      }}
    >
      {list.getVirtualItems().map(({ index, key, start }) => (
        <div
          key={key}
          ref={list.measureElement}
          data-index={index}
          className="absolute inset-x-0 top-0"
          style={{ transform: `translateY(${start - (frame?.above ?? 0)}px)` }}
        >
          {line(lines[index]!)}
        </div>
      ))}
    </div>
  )
}

const keyOf = ({ kind, node }: JsonLine) => `${node.start} ${kind === 'end' || kind === 'more' ? kind : ''}`

/** The box that an element scrolls in, not counting the one directly around it, which scrolls sideways. */
function scrollerOf(element: HTMLElement): HTMLElement {
  for (let each = element.parentElement?.parentElement; each != null; each = each.parentElement)
    if (/auto|scroll/.test(getComputedStyle(each).overflowY)) return each
  return document.documentElement
}

function Line({
  line,
  text,
  picking,
  search,
  onFold,
  onMore,
}: {
  line: JsonLine
  text: string
  picking: Picking | null
  search: Search | undefined
  onFold: (node: JsonNode, open: boolean) => void
  onMore: (node: JsonNode) => void
}) {
  const { depth, node } = line
  return (
    <div
      className="bg-no-repeat"
      style={
        depth === 0
          ? undefined
          : {
              // Values of the deepest are still read, not a letter a line.
              paddingLeft: `min(${depth * indent}px, 60%)`,
              backgroundImage: `repeating-linear-gradient(to right, transparent 0 ${guideAt}px, var(--line) ${guideAt}px ${guideAt + 1}px, transparent ${guideAt + 1}px ${indent}px)`,
              backgroundSize: `min(${depth * indent}px, 60%) 100%`,
            }
      }
    >
      {line.kind === 'end' ? (
        <div className="pl-4">
          <span className="text-syn-punct">{endOf(node)}</span>
          {line.last ? null : <span className="text-syn-punct">,</span>}
        </div>
      ) : line.kind === 'more' ? (
        <button type="button" className="pl-4 text-info underline" onClick={() => onMore(node)}>
          {line.hidden} more
        </button>
      ) : (
        <ValueLine line={line} text={text} picking={picking} search={search} onFold={onFold} />
      )}
    </div>
  )
}

function ValueLine({
  line: { kind, node, name, path, last },
  text,
  picking,
  search,
  onFold,
}: {
  line: Extract<JsonLine, { kind: 'scalar' | 'empty' | 'open' | 'folded' }>
  text: string
  picking: Picking | null
  search: Search | undefined
  onFold: (node: JsonNode, open: boolean) => void
}) {
  const current = search?.current ?? null
  const place = picking === null && current === null ? null : JSON.stringify(path)
  const here = current !== null && JSON.stringify(current.path) === place
  const marked = (shown: string, part: JsonHit['part']) =>
    search === undefined || search.query === '' ? (
      <VisibleText>{shown}</VisibleText>
    ) : (
      <MarkedText text={shown} query={search.query} current={here && current.part === part ? current.at : null} />
    )
  const label =
    name === undefined ? null : (
      <>
        <span className="text-syn-key">{marked(JSON.stringify(name), 'name')}</span>
        <span className="text-syn-punct">: </span>
      </>
    )
  const comma = last ? null : <span className="text-syn-punct">,</span>
  if (kind === 'scalar')
    return (
      <div className="whitespace-pre-wrap break-all pl-4">
        {picking === null ? (
          <>
            {label}
            <Scalar kind={node.kind}>{marked(textOf(text, node), 'value')}</Scalar>
            {comma}
          </>
        ) : (
          <button
            type="button"
            aria-pressed={picking.picked === place}
            onClick={() => picking.onPick(path, node)}
            onPointerDown={(event) => picking.onCarry?.(event, path)}
            className="min-w-6 -outline-offset-2 whitespace-pre-wrap break-all rounded-xs text-left hover:bg-surface-2 aria-pressed:bg-mark"
          >
            {label}
            <Scalar kind={node.kind}>{marked(textOf(text, node), 'value')}</Scalar>
            {comma}
          </button>
        )}
      </div>
    )
  const [start, end] = [node.kind === 'object' ? '{' : '[', endOf(node)]
  if (kind === 'empty')
    return (
      <div className="pl-4">
        {label}
        <span className="text-syn-punct">{start + end}</span>
        {comma}
      </div>
    )
  const open = kind === 'open'
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={() => {
        onFold(node, !open)
        picking?.onPick(path, node)
      }}
      onPointerDown={(event) => picking?.onCarry?.(event, path)}
      className="relative -outline-offset-2 pl-4 text-left hover:bg-surface-2"
    >
      <span aria-hidden className={cx('absolute left-0.5 text-text-3 transition-transform', open && 'rotate-90')}>
        ›
      </span>
      {label}
      <span className="text-syn-punct">{open ? start : `${start} … ${end}`}</span>
      {open ? null : <span className="ml-2 text-text-3">{childCount(node)}</span>}
      {open ? null : comma}
    </button>
  )
}

const endOf = (node: JsonNode) => (node.kind === 'object' ? '}' : ']')

function Scalar({ kind, children }: { kind: JsonNode['kind']; children: ReactNode }) {
  if (kind === 'string') return <span className="text-syn-string">{children}</span>
  return <span className={kind === 'number' ? 'text-syn-number' : 'text-syn-literal'}>{children}</span>
}
