import { Columns3, Filter } from 'lucide-react'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { formatBytes } from '../lib/format.ts'
import { bytesOf, hexLines, wideHexLength } from '../lib/hex.ts'
import { type Message, valueSizeBytes } from '../lib/json/consume-text.ts'
import { type JsonNode, plainOf, prettyJson, readJson, textOf } from '../lib/json/json-node.ts'
import { type JsonHit, searchJson, searchText } from '../lib/json/json-search.ts'
import { pathText } from '../lib/json/path-text.ts'
import { storedSizeBytes } from '../lib/stored-size.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { JsonTree } from './json-tree.tsx'
import { LongText } from './long-text.tsx'
import { MessageSearch, maxHits } from './message-search.tsx'
import { monoColumns } from './mono-columns.ts'
import { Segmented } from './segmented.tsx'
import { CarriedText, startTextDrag } from './text-drag.tsx'
import { VisibleText } from './visible-text.tsx'

/** Characters: what is longer is shown on request only, and its beginning until then. */
const longestAtOnce = 262_144
const beginningLength = 65_536
const noBytes = new Uint8Array()

/** JSON, text or bytes: as a tree, as it was sent, as hex. */
export function Payload({
  text,
  encoding,
  root,
  query,
  onQuery,
  onColumn,
  onFilter,
}: {
  text: string
  encoding: Message['encoding']
  root: 'value' | 'headers'
  /** A text that is looked for in it. */
  query: string
  onQuery: (query: string) => void
  onColumn?: (path: string) => void
  onFilter?: (filter: string) => void
}) {
  const [view, setView] = useState<'tree' | 'raw' | 'hex'>(encoding === 'base64' ? 'hex' : 'tree')
  const [all, setAll] = useState(false)
  const [picked, setPicked] = useState<{ path: readonly (string | number)[]; node: JsonNode } | null>(null)
  // Text that is no JSON comes as a JSON string; its characters are what was sent.
  const plain = useMemo(() => (encoding === undefined ? text : (JSON.parse(text) as string)), [text, encoding])
  const cut = !all && plain.length > longestAtOnce
  const shown = cut ? beginningOf(plain) : plain
  const asTree = view === 'tree' && encoding === undefined && !cut
  // Read once, for the tree and for each text that is looked for in it.
  const node = useMemo(() => (asTree ? readJson(text) : null), [asTree, text])
  const hits = useMemo((): readonly (JsonHit | number)[] => {
    if (query === '') return []
    if (node === null) return searchText(shown, query, maxHits)
    return node.kind === 'fault' ? [] : searchJson(text, node, query, maxHits)
  }, [node, shown, text, query])
  const [hit, setHit] = useState(0)
  const at = Math.min(hit, Math.max(0, hits.length - 1))
  const current = hits[at] ?? null
  const places = useMemo(() => hits.filter((each) => typeof each === 'number'), [hits])
  const isNone = root === 'value' && encoding === undefined && text === 'null'
  const bytes = useMemo(
    () => (view === 'hex' ? (isNone ? noBytes : bytesOf(plain, encoding)) : null),
    [view, isNone, plain, encoding],
  )
  const sizeBytes = useMemo(() => valueSizeBytes(text, encoding), [text, encoding])
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label="Shown as"
          value={view}
          onChange={setView}
          options={[
            { value: 'tree', label: encoding === undefined ? 'Tree' : 'Text' },
            { value: 'raw', label: 'Raw' },
            { value: 'hex', label: 'Hex' },
          ]}
        />
        <span className="text-text-3 text-xs">
          {encoding === undefined
            ? `${formatBytes(sizeBytes)}${root === 'headers' ? ' as JSON' : ''}`
            : `${formatBytes(sizeBytes)}, ${encodingText(encoding)}`}
        </span>
        <span className="ml-auto">
          <CopyButton label={`Copy ${root}`} text={() => (view === 'tree' ? pretty(text, encoding, plain) : plain)} />
        </span>
      </div>
      {view === 'hex' ? null : (
        <MessageSearch
          query={query}
          count={hits.length}
          current={at}
          onQuery={(next) => {
            setHit(0)
            onQuery(next)
          }}
          onStep={(by) => setHit((at + by + hits.length) % hits.length)}
        />
      )}
      {picked === null || view !== 'tree' ? null : (
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-md border bg-surface-2 px-2 py-1 text-xs">
          <code className="min-w-0 grow break-all font-mono">
            <VisibleText>{pathText([root, ...picked.path])}</VisibleText>
          </code>
          <CopyButton label="Path" text={() => pathText([root, ...picked.path])} />
          <CopyButton label="Value" text={() => plainOf(text, picked.node)} />
          {onColumn === undefined || picked.path.length === 0 || root !== 'value' ? null : (
            <Button size="sm" icon={<Columns3 />} onClick={() => onColumn(pathText(picked.path))}>
              Column
            </Button>
          )}
          {onFilter === undefined || picked.path.length === 0 || isBranch(picked.node) ? null : (
            <Button
              size="sm"
              icon={<Filter />}
              onClick={() => onFilter(`${pathText([root, ...picked.path])} == ${textOf(text, picked.node)}`)}
            >
              Filter
            </Button>
          )}
        </div>
      )}
      {view === 'hex' && bytes !== null ? (
        <Hex bytes={bytes} />
      ) : node !== null ? (
        <>
          <JsonTree
            text={text}
            node={node}
            picked={picked?.path ?? null}
            onPick={(path, node) => setPicked({ path, node })}
            onCarry={
              onColumn === undefined || root !== 'value'
                ? undefined
                : (event, path) => path.length > 0 && startTextDrag(event, pathText(path))
            }
            search={typeof current === 'number' ? undefined : { query, current }}
          />
          <CarriedText />
        </>
      ) : (
        <LongText
          text={shown}
          hits={places}
          hitLength={query.length}
          current={typeof current === 'number' ? current : null}
        />
      )}
      {cut ? (
        <div className="flex items-center gap-2 text-text-3 text-xs">
          The first {formatBytes(storedSizeBytes(shown, encoding))}.
          <Button size="sm" onClick={() => setAll(true)}>
            Show all ({formatBytes(sizeBytes)})
          </Button>
        </div>
      ) : null}
    </div>
  )
}

/** Not cut within a character, nor within what four of base64 stand for. */
function beginningOf(text: string): string {
  const before = text.charCodeAt(beginningLength - 1)
  return text.slice(0, before >= 0xd800 && before <= 0xdbff ? beginningLength - 1 : beginningLength)
}

export function encodingText(encoding: Message['encoding']): string {
  if (encoding === undefined) return 'JSON'
  return encoding === 'utf8' ? 'text, not JSON' : 'bytes, shown in base64'
}

const isBranch = (node: JsonNode) => node.kind === 'object' || node.kind === 'array'

function pretty(text: string, encoding: Message['encoding'], plain: string): string {
  if (encoding !== undefined) return plain
  const node = readJson(text)
  return node.kind === 'fault' ? text : prettyJson(text, node)
}

export function Hex({ bytes }: { bytes: Uint8Array }) {
  const [limit, setLimit] = useState(1_024)
  const [isWide, setIsWide] = useState(false)
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const box = element.current
    if (box === null) return undefined
    const measure = () => {
      setIsWide(monoColumns(box) >= wideHexLength)
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    return () => observer.disconnect()
  }, [])
  if (bytes.length === 0) return <p className="text-text-3 text-xs">No bytes.</p>
  const perLine = isWide && bytes.length > 8 ? 16 : 8
  const shown = hexLines(bytes, perLine, limit / perLine)
  return (
    <div ref={element} className="text-xs">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="scroll-x overflow-x-auto font-mono leading-5">
        {shown.join('\n')}
      </pre>
      {limit < bytes.length ? (
        <Button size="sm" className="mt-2" onClick={() => setLimit(limit * 8)}>
          Show more of {formatBytes(bytes.length)}
        </Button>
      ) : null}
    </div>
  )
}
