import { Download, X } from 'lucide-react'
import { formatCount, plural } from '../../lib/format.ts'
import { Button } from '../../ui/button.tsx'
import { maxChosen } from './chosen-messages.ts'
import type { ChosenMessages } from './use-chosen-messages.ts'

/** How many messages are chosen, and what can be done with them; nothing to be seen while none is. */
export function ChosenBar({
  messages: { chosen, inList, listed, chooseAll, clear },
  onExport,
}: {
  messages: ChosenMessages
  onExport: () => void
}) {
  const count = chosen.size
  const elsewhere = count - inList
  return (
    <div className={count === 0 ? 'sr-only' : 'mb-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 border-b pb-1.5'}>
      <p role="status" className="font-medium text-xs">
        {count === 0
          ? ''
          : `${plural(count, 'message')} chosen${count >= maxChosen ? ', and no more can be' : ''}${elsewhere === 0 ? '' : `, ${formatCount(elsewhere)} of them not in the list now`}`}
      </p>
      {count === 0 ? null : (
        <span className="ml-auto flex flex-wrap items-center gap-2">
          {inList < listed && count < maxChosen ? (
            <Button size="sm" variant="ghost" className="h-6" onClick={chooseAll}>
              All {formatCount(listed)} in the list
            </Button>
          ) : null}
          <Button size="sm" variant="ghost" icon={<X />} className="h-6" onClick={clear}>
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
