import { Filter } from 'lucide-react'
import { useMemo, useState } from 'react'
import { usePeers } from '../../data/hooks.ts'
import { formatBytes, formatTimestamp } from '../../lib/format.ts'
import { bytesOf } from '../../lib/hex.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { readJson } from '../../lib/json/json-node.ts'
import { Button } from '../../ui/button.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { useZone } from '../../ui/environment.tsx'
import { Offset } from '../../ui/offset.tsx'
import { encodingText, Hex, Payload } from '../../ui/payload.tsx'
import { Facts } from '../../ui/stat.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { readSnippets } from './snippets.ts'

export type DetailTab = 'value' | 'key' | 'headers' | 'meta' | 'snippet'

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
  // It stays from one message to the next, to be looked for in each.
  const [query, setQuery] = useState('')
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
              query={query}
              onQuery={setQuery}
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
                query={query}
                onQuery={setQuery}
                {...(onFilter === undefined ? {} : { onFilter })}
              />
            ),
        },
        {
          value: 'meta',
          label: 'Meta',
          panel: (
            <Facts
              className="max-w-lg"
              rows={[
                [
                  'Topic',
                  <code key="t" className="break-all font-mono">
                    <VisibleText>{message.topic}</VisibleText>
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
                    <Offset value={message.offset} />
                  </code>,
                ],
                [
                  'Leader epoch',
                  <code key="e" className="font-mono">
                    {message.epoch}
                  </code>,
                ],
                [
                  'Time, UTC',
                  message.timestamp < 0 ? (
                    'none'
                  ) : (
                    <code key="u" className="font-mono">
                      {formatTimestamp(message.timestamp, 'utc')}
                    </code>
                  ),
                ],
                ...(zone === 'local' && message.timestamp >= 0
                  ? [
                      [
                        'Time, local',
                        <code key="z" className="font-mono">
                          {formatTimestamp(message.timestamp, 'local')}
                        </code>,
                      ] as const,
                    ]
                  : []),
                [
                  'Timestamp, ms since 1970',
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

function KeyPanel({ message, onFilter }: { message: Message; onFilter?: (filter: string) => void }) {
  const key = message.key ?? ''
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-start gap-2">
        <pre className="scroll-y max-h-60 min-w-0 grow overflow-y-auto whitespace-pre-wrap break-all rounded-md border bg-surface-2 p-2.5 font-mono text-xs">
          {key === '' ? <span className="text-text-3">empty</span> : <VisibleText>{key}</VisibleText>}
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
