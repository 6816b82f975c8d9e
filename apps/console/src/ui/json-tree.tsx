import { type PointerEvent, type ReactNode, useEffect, useMemo, useState } from 'react'
import { type JsonNode, readJson, textOf } from '../lib/json/json-node.ts'
import { isBelow, type JsonHit, type JsonPath } from '../lib/json/json-search.ts'
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

/**
 * JSON as a tree over its own text: every number as it was sent, folds, no parsed copy. Text that is no JSON shows as it is.
 * With `onPick` each field can be picked, by its name or its value; with `onCarry` too, it can be carried off with the mouse.
 */
export function JsonTree({
  text,
  openDepth = 3,
  picked,
  onPick,
  onCarry,
  search,
  className,
}: {
  text: string
  openDepth?: number
  picked?: JsonPath | null
  onPick?: Picking['onPick']
  onCarry?: Picking['onCarry']
  /** Marks it wherever it is unfolded, and unfolds what the current hit is in. */
  search?: Search | undefined
  className?: string
}) {
  const node = useMemo(() => readJson(text), [text])
  return (
    <div
      className={cx(
        'scroll-x overflow-x-auto font-mono text-xs',
        onPick === undefined ? 'leading-5' : 'leading-6',
        className,
      )}
    >
      {node.kind === 'fault' ? (
        <pre className="whitespace-pre-wrap break-all">
          <VisibleText>{text}</VisibleText>
        </pre>
      ) : (
        <Node
          text={text}
          node={node}
          depth={0}
          openDepth={openDepth}
          path={rootPath}
          search={search}
          picking={
            onPick === undefined ? null : { picked: picked == null ? null : JSON.stringify(picked), onPick, onCarry }
          }
        />
      )}
    </div>
  )
}

const rootPath: JsonPath = []

/** Children shown at first; a list of a hundred thousand must not stop the page. */
const childrenAtFirst = 200

function Node({
  text,
  node,
  name,
  depth,
  openDepth,
  path,
  picking,
  search,
  last = true,
}: {
  text: string
  node: JsonNode
  name?: string
  depth: number
  openDepth: number
  path: JsonPath
  picking: Picking | null
  search: Search | undefined
  last?: boolean
}) {
  const current = search?.current ?? null
  const here = current !== null && isBelow(current.path, path)
  const within = here && current.path.length > path.length
  const [open, setOpen] = useState(depth < openDepth || within)
  const [limit, setLimit] = useState(childrenAtFirst)
  useEffect(() => {
    if (current === null || !within) return
    setOpen(true)
    const step = current.path[path.length]!
    const index =
      node.kind === 'object'
        ? node.entries.findLastIndex(({ key }) => key === step)
        : typeof step === 'number'
          ? step
          : 0
    setLimit((before) => Math.max(before, index + 1))
  }, [current])
  const marked = (shown: string, part: JsonHit['part']) =>
    search === undefined || search.query === '' ? (
      <VisibleText>{shown}</VisibleText>
    ) : (
      <MarkedText
        text={shown}
        query={search.query}
        current={here && !within && current.part === part ? current.at : null}
      />
    )
  const label =
    name === undefined ? null : (
      <>
        <span className="text-syn-key">{marked(JSON.stringify(name), 'name')}</span>
        <span className="text-syn-punct">: </span>
      </>
    )
  const comma = last ? null : <span className="text-syn-punct">,</span>
  if (node.kind !== 'object' && node.kind !== 'array') {
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
            aria-pressed={picking.picked === JSON.stringify(path)}
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
  }
  const children = node.kind === 'object' ? node.entries : node.items.map((value) => ({ key: undefined, value }))
  const [start, end] = node.kind === 'object' ? ['{', '}'] : ['[', ']']
  if (children.length === 0) {
    return (
      <div className="pl-4">
        {label}
        <span className="text-syn-punct">{start + end}</span>
        {comma}
      </div>
    )
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open)
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
        {open ? null : <span className="ml-2 text-text-3">{children.length}</span>}
        {open ? null : comma}
      </button>
      {open ? (
        <>
          <div className="ml-1.5 border-line border-l pl-2">
            {children.slice(0, limit).map(({ key, value }, index) => (
              <Node
                key={value.start}
                text={text}
                node={value}
                {...(key === undefined ? {} : { name: key })}
                depth={depth + 1}
                openDepth={openDepth}
                path={[...path, key ?? index]}
                picking={picking}
                search={search}
                last={index === children.length - 1}
              />
            ))}
            {children.length > limit ? (
              <button type="button" className="pl-4 text-info underline" onClick={() => setLimit(limit * 5)}>
                {children.length - limit} more
              </button>
            ) : null}
          </div>
          <div className="pl-4">
            <span className="text-syn-punct">{end}</span>
            {comma}
          </div>
        </>
      ) : null}
    </div>
  )
}

function Scalar({ kind, children }: { kind: JsonNode['kind']; children: ReactNode }) {
  if (kind === 'string') return <span className="text-syn-string">{children}</span>
  return <span className={kind === 'number' ? 'text-syn-number' : 'text-syn-literal'}>{children}</span>
}
