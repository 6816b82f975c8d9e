import { Download, X } from 'lucide-react'
import { useMemo } from 'react'
import { type ListRow, maxChosen } from '../lib/chosen-messages.ts'
import { formatCount, plural } from '../lib/format.ts'
import { Button } from './button.tsx'
import { cx } from './cx.ts'
import type { ChosenMessages } from './use-chosen-messages.ts'

/** How many messages are chosen, and what can be done with them; nothing to be seen while none is. */
export function ChosenBar({
  messages: { chosen, chooseAll, clear },
  rows,
  where = 'the list',
  elsewhere,
  onExport,
  className,
}: {
  messages: ChosenMessages
  /** What the list has now. */
  rows: readonly ListRow[]
  where?: string
  /** Says of so many that they are chosen and not in the list. */
  elsewhere: (count: number) => string
  onExport: () => void
  /** While it is to be seen. */
  className: string
}) {
  const count = chosen.size
  const [inList, listed, all] = useMemo(() => {
    const ids = chosen.size === 0 ? [] : rows.flatMap(({ id, message }) => (message === undefined ? [] : [id]))
    const found = ids.filter((id) => chosen.has(id))
    // Two subscriptions may have the same message.
    return [new Set(found).size, ids.length, found.length === ids.length]
  }, [chosen, rows])
  const away = count - inList
  return (
    <div className={count === 0 ? 'sr-only' : cx('flex flex-wrap items-center gap-x-3 gap-y-1', className)}>
      <p role="status" className="font-medium text-xs">
        {count === 0
          ? ''
          : `${plural(count, 'message')} chosen${count >= maxChosen ? ', and no more can be' : ''}${away === 0 ? '' : `, ${elsewhere(away)}`}`}
      </p>
      {count === 0 ? null : (
        <span className="ml-auto flex flex-wrap items-center gap-2">
          {!all && count < maxChosen ? (
            <Button size="sm" className="h-6" onClick={() => chooseAll(rows)}>
              {/* On a phone so short that the buttons stand in one row. */}
              <span>
                All {formatCount(listed)}
                <span className="max-sm:sr-only"> in {where}</span>
              </span>
            </Button>
          ) : null}
          <Button size="sm" icon={<X />} className="h-6" onClick={clear}>
            Clear
          </Button>
          <Button size="sm" icon={<Download />} className="h-6" onClick={onExport}>
            Export these
          </Button>
        </span>
      )}
    </div>
  )
}
