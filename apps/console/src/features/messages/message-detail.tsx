import { Columns3, Filter } from 'lucide-react'
import { useMemo, useState } from 'react'
import { usePeers } from '../../data/hooks.ts'
import { formatBytes, formatTimestamp } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { type JsonNode, plainOf, prettyJson, readJson, textOf } from '../../lib/json/json-node.ts'
import { Button } from '../../ui/button.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { useZone } from '../../ui/environment.tsx'
import { JsonTree } from '../../ui/json-tree.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Facts } from '../../ui/stat.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { bytesOf, hexLines } from './hex.ts'
import { pathText } from './message-place.ts'
import { readSnippets } from './snippets.ts'

export type DetailTab = 'value' | 'key' | 'headers' | 'meta' | 'snippet'

/** More than this is shown on request only. */
const shownLength = 65_536

/** All of one message: value, key, headers, where it stands, and how to read it from code. */
export function MessageDetail({
  message,
  tab,
  onTab,
  onColumn,
  onFilter,
}: {
  message: Message
  tab: DetailTab
  onTab: (tab: DetailTab) => void
  /** Makes a path of the value a column; left out where there is no list. */
  onColumn?: (path: string) => void
  onFilter?: (filter: string) => void
}) {
  const { peers } = usePeers()
  const zone = useZone()
  const headerCount = useMemo(() => {
    const headers = readJson(message.headersText)
    return headers.kind === 'object' ? headers.entries.length : 0
  }, [message])
  return (
    <Tabs
      value={tab}
      onChange={onTab}
      tabs={[
        {
          value: 'value',
          label: 'Value',
          panel: (
            <Payload
              key={`${message.partition}@${message.offset}`}
              text={message.valueText}
              encoding={message.encoding}
              root="value"
              {...(onColumn === undefined ? {} : { onColumn })}
              {...(onFilter === undefined ? {} : { onFilter })}
            />
          ),
        },
        {
          value: 'key',
          label: 'Key',
          panel:
            message.key === null ? (
              <p className="text-text-3">This message has no key.</p>
            ) : (
              <KeyPanel message={message} {...(onFilter === undefined ? {} : { onFilter })} />
            ),
        },
        {
          value: 'headers',
          label: headerCount === 0 ? 'Headers' : `Headers ${headerCount}`,
          panel:
            headerCount === 0 ? (
              <p className="text-text-3">This message has no headers.</p>
            ) : (
              <Payload
                text={message.headersText}
                encoding={undefined}
                root="headers"
                {...(onFilter === undefined ? {} : { onFilter })}
              />
            ),
        },
        {
          value: 'meta',
          label: 'Meta',
          panel: (
            <Facts
              className="max-w-md"
              rows={[
                [
                  'Topic',
                  <code key="t" className="break-all font-mono">
                    {message.topic}
                  </code>,
                ],
                [
                  'Partition',
                  <code key="p" className="font-mono">
                    {message.partition}
                  </code>,
                ],
                [
                  'Offset',
                  <code key="o" className="font-mono">
                    {message.offset}
                  </code>,
                ],
                [
                  'Leader epoch',
                  <code key="e" className="font-mono">
                    {message.epoch}
                  </code>,
                ],
                ['Time, UTC', message.timestamp < 0 ? 'none' : formatTimestamp(message.timestamp, 'utc')],
                ...(zone === 'local' && message.timestamp >= 0
                  ? [['Time, local', formatTimestamp(message.timestamp, 'local')] as const]
                  : []),
                [
                  'Timestamp',
                  <span key="m" className="inline-flex items-center">
                    <code className="font-mono">{message.timestamp}</code>
                  </span>,
                ],
                ['Value', encodingText(message.encoding)],
                ['Size of key and value', formatBytes(message.sizeBytes)],
              ]}
            />
          ),
        },
        {
          value: 'snippet',
          label: 'Code',
          panel: (
            <Snippets
              snippets={readSnippets(
                message,
                peers.map(({ url }) => url),
              )}
            />
          ),
        },
      ]}
    />
  )
}

function encodingText(encoding: Message['encoding']): string {
  if (encoding === undefined) return 'JSON'
  return encoding === 'utf8' ? 'text, not JSON' : 'bytes, shown in base64'
}

function KeyPanel({ message, onFilter }: { message: Message; onFilter?: (filter: string) => void }) {
  const key = message.key ?? ''
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-start gap-2">
        <pre className="scroll-y max-h-60 min-w-0 grow overflow-y-auto whitespace-pre-wrap break-all rounded-md border bg-surface-2 p-2.5 font-mono text-xs">
          {key === '' ? <span className="text-text-3">empty</span> : key}
        </pre>
        <CopyButton what="Copy key" text={() => key} />
      </div>
      {onFilter === undefined ? null : (
        <div>
          <Button size="sm" icon={<Filter />} onClick={() => onFilter(`key == ${JSON.stringify(key)}`)}>
            Only this key
          </Button>
        </div>
      )}
      <Hex bytes={bytesOf(key, message.keyEncoding)} />
    </div>
  )
}

/** JSON, text or bytes: as a tree, as it was sent, as hex. */
function Payload({
  text,
  encoding,
  root,
  onColumn,
  onFilter,
}: {
  text: string
  encoding: Message['encoding']
  root: 'value' | 'headers'
  onColumn?: (path: string) => void
  onFilter?: (filter: string) => void
}) {
  const [view, setView] = useState<'tree' | 'raw' | 'hex'>(encoding === 'base64' ? 'hex' : 'tree')
  const [all, setAll] = useState(false)
  const [picked, setPicked] = useState<{ path: readonly (string | number)[]; node: JsonNode } | null>(null)
  // Text that is no JSON comes as a JSON string; its characters are what was sent.
  const plain = useMemo(() => (encoding === undefined ? text : (JSON.parse(text) as string)), [text, encoding])
  const cut = !all && plain.length > shownLength
  const shown = cut ? plain.slice(0, shownLength) : plain
  const bytes = useMemo(() => (view === 'hex' ? bytesOf(plain, encoding) : null), [view, plain, encoding])
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
          {encoding === undefined ? formatBytes(plain.length) : encodingText(encoding)}
        </span>
        <span className="ml-auto">
          <CopyButton label={`Copy ${root}`} text={() => (view === 'tree' ? pretty(text, encoding, plain) : plain)} />
        </span>
      </div>
      {picked === null || view !== 'tree' ? null : (
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-md border bg-surface-2 px-2 py-1 text-xs">
          <code className="min-w-0 grow break-all font-mono">{pathText([root, ...picked.path])}</code>
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
      ) : view === 'tree' && encoding === undefined && !cut ? (
        <JsonTree text={text} picked={picked?.path ?? null} onPick={(path, node) => setPicked({ path, node })} />
      ) : (
        <pre className="whitespace-pre-wrap break-all font-mono text-xs leading-5">{shown}</pre>
      )}
      {cut ? (
        <div className="flex items-center gap-2 text-text-3 text-xs">
          The first {formatBytes(shownLength)}.
          <Button size="sm" onClick={() => setAll(true)}>
            Show all ({formatBytes(plain.length)})
          </Button>
        </div>
      ) : null}
    </div>
  )
}

const isBranch = (node: JsonNode) => node.kind === 'object' || node.kind === 'array'

function pretty(text: string, encoding: Message['encoding'], plain: string): string {
  if (encoding !== undefined) return plain
  const node = readJson(text)
  return node.kind === 'fault' ? text : prettyJson(text, node)
}

function Hex({ bytes }: { bytes: Uint8Array }) {
  const [lines, setLines] = useState(64)
  const shown = hexLines(bytes, 0, lines)
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="scroll-x overflow-x-auto font-mono text-xs leading-5">
        {shown.join('\n')}
      </pre>
      {shown.length * 16 < bytes.length ? (
        <Button size="sm" className="mt-2" onClick={() => setLines(lines * 8)}>
          Show more of {formatBytes(bytes.length)}
        </Button>
      ) : null}
    </div>
  )
}
