import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronUp } from 'lucide-react'
import { useState } from 'react'
import { useCluster } from '../../data/hooks.ts'
import { formatBytes, formatCount } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { buttonClass, IconButton } from '../../ui/button.tsx'
import { Sheet } from '../../ui/dialog.tsx'
import { Freshness } from '../../ui/freshness.tsx'
import { JsonTree } from '../../ui/json-tree.tsx'
import { Offset } from '../../ui/offset.tsx'
import { Payload } from '../../ui/payload.tsx'
import { Facts } from '../../ui/stat.tsx'
import { Time } from '../../ui/time.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'

/** One message, exactly as it was sent. */
export function MessageSheet({
  message,
  onClose,
  onStep,
}: {
  message: Message | null
  onClose: () => void
  onStep: (by: number) => void
}) {
  const cluster = useCluster()
  // It stays from one message to the next, to be looked for in each.
  const [query, setQuery] = useState('')
  return (
    <Sheet
      open={message !== null}
      onClose={onClose}
      title={
        <span className="font-mono">
          {message === null ? '' : `${message.topic}/${message.partition}@${message.offset}`}
        </span>
      }
      wide
      pageKeys
      footer={
        cluster === null || message === null ? undefined : (
          <div className="grow">
            <Freshness brokerId={cluster.saidBy} at={cluster.receivedAt} intervalMs={86_400_000} />
          </div>
        )
      }
    >
      {message === null ? null : (
        <div className="flex flex-col gap-4">
          <div className="flex flex-wrap items-center gap-2">
            <IconButton label="Previous message" keys="k" onClick={() => onStep(-1)}>
              <ChevronUp />
            </IconButton>
            <IconButton label="Next message" keys="j" onClick={() => onStep(1)}>
              <ChevronDown />
            </IconButton>
            <Link
              to="/topics/$topic/$partition/$offset"
              params={{
                topic: message.topic,
                partition: String(message.partition),
                offset: String(message.offset),
              }}
              className={buttonClass('default', 'sm')}
            >
              Page of this message
            </Link>
          </div>
          <Facts
            rows={[
              ['Time', <Time key="t" at={message.timestamp} full named />],
              ['Offset', <Offset key="o" value={message.offset} />],
              ['Epoch', formatCount(message.epoch)],
              [
                'Key',
                message.key === null ? (
                  <span key="k" className="text-text-3">
                    no key
                  </span>
                ) : (
                  <span key="k" className="break-all font-mono">
                    <VisibleText>{message.key}</VisibleText>
                    {message.keyEncoding === undefined ? '' : ' (base64)'}
                  </span>
                ),
              ],
              ['Size of key and value', formatBytes(message.sizeBytes)],
            ]}
          />
          <section>
            <h3 className="eyebrow mb-1">Value</h3>
            <Payload
              key={`${message.topic}/${message.partition}@${message.offset}`}
              text={message.valueText}
              encoding={message.encoding}
              root="value"
              query={query}
              onQuery={setQuery}
            />
          </section>
          {message.headersText === '{}' ? null : (
            <section>
              <h3 className="eyebrow mb-1">Headers</h3>
              <div className="rounded-md border bg-surface-2 p-2">
                <JsonTree text={message.headersText} />
              </div>
            </section>
          )}
        </div>
      )}
    </Sheet>
  )
}
