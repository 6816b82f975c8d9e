import { Link } from '@tanstack/react-router'
import { useEffect, useId, useRef, useState } from 'react'
import { useApi } from '../../data/hooks.ts'
import { brokerWords } from '../../lib/broker-words.ts'
import { formatCount, plural } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { journeySearchOf } from './journey.ts'
import { MessageRange } from './message-range.ts'
import { sameKey } from './neighbours.ts'
import { pageReader } from './read-page.ts'

type Side = 'previous' | 'next'

/** Messages looked at for the next one of a key, on a click. */
const maxScanned = 100_000

/** The key of a message, and the way to the ones before and after it in its partition, near or further away. */
export function SameKey({
  message,
  near,
  first,
  end,
  onGo,
}: {
  message: Message
  /** Those of the same key among the neighbours that are loaded. */
  near: { readonly previous: number | null; readonly next: number | null }
  first: number
  end: number
  onGo: (offset: number) => void
}) {
  const api = useApi()
  const [looking, setLooking] = useState<Side | null>(null)
  const [none, setNone] = useState<{ readonly [side in Side]?: string }>({})
  const range = useRef<MessageRange | null>(null)
  useEffect(() => () => range.current?.stop(), [])
  if (message.key === null) return null

  const look = async (side: Side) => {
    const { topic, partition, offset } = message
    setLooking(side)
    const scan = new MessageRange(
      pageReader(api, topic),
      {
        topic,
        from: side === 'previous' ? 'newest' : offset + 1,
        count: 1,
        filter: `key == ${JSON.stringify(message.key)}`,
        maxScanned,
      },
      [{ partition, logStartOffset: first, highWatermark: side === 'previous' ? offset : end }],
    )
    range.current = scan
    await scan.more()
    if (range.current !== scan) return
    setLooking(null)
    const { state, error, messages, progress, remaining } = scan.view.get()
    const found = sameKey(
      [...messages, message].toSorted((a, b) => a.offset - b.offset),
      message,
    )[side]
    if (found !== null) onGo(found)
    else if (state === 'failed')
      setNone({ ...none, [side]: brokerWords(error instanceof Error ? error.message : String(error)) })
    else if (state !== 'stopped')
      setNone({
        ...none,
        [side]: `None among the ${plural(progress.scanned, 'message')} ${side === 'previous' ? 'before' : 'after'} it${remaining > 0 ? ' that were looked at' : ''}.`,
      })
  }
  const note = useId()
  const button = (side: Side, name: string) => {
    const offset = near[side]
    const nothing = side === 'previous' ? message.offset <= first : message.offset + 1 >= end
    if (nothing) return null
    return (
      <Button
        size="sm"
        busy={looking === side}
        disabledReason={none[side]}
        reasonId={note}
        onClick={() => (offset === null ? void look(side) : onGo(offset))}
      >
        {name}
        {offset === null ? null : `: ${formatCount(offset)}`}
        <span className="sr-only">, of the same key</span>
      </Button>
    )
  }
  return (
    <div className="mb-2 flex flex-wrap items-center gap-2 text-xs">
      <span className="text-text-3">Key</span>
      <code className="min-w-0 truncate font-mono">
        {message.key === '' ? 'empty' : <VisibleText>{message.key}</VisibleText>}
      </code>
      <span className="ml-auto flex flex-wrap items-center gap-2 max-sm:ml-0 max-sm:w-full">
        <span className="text-text-3">Same key</span>
        {button('previous', 'Before')}
        {button('next', 'After')}
        <Link
          to="/topics/$topic/journey"
          params={{ topic: message.topic }}
          search={journeySearchOf(message) ?? {}}
          className={buttonClass('default', 'sm')}
        >
          <span>
            Journey<span className="max-sm:sr-only"> of this key</span>
          </span>
        </Link>
      </span>
      <span id={note} role="status" className="w-full text-text-3 empty:hidden">
        {none.previous}
        {none.previous !== undefined && none.next !== undefined ? ' ' : null}
        {none.next}
      </span>
    </div>
  )
}
