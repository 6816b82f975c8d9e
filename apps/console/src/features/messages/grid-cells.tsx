import type { ReactNode } from 'react'
import type { Message } from '../../lib/json/consume-text.ts'
import { valueAt } from '../../lib/json/message-place.ts'
import { cx } from '../../ui/cx.ts'
import { KeyText, ValueText } from '../../ui/message-text.tsx'
import { Time } from '../../ui/time.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'

/** What stands at a JSON path of a message. */
export function PathText({ children }: { children: string }) {
  return children === '' ? <span className="text-text-3">–</span> : <VisibleText>{children}</VisibleText>
}

/** One field of a row. */
export function Cell({ children, className, title }: { children: ReactNode; className?: string; title?: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names the active row
    <span role="gridcell" title={title} className={cx('truncate font-mono text-xs', className)}>
      {children}
    </span>
  )
}

/** On a phone: where and when above, the fields that have a column, the value below. */
export function PhoneCells({ message, steps }: { message: Message; steps: readonly (readonly (string | number)[])[] }) {
  return (
    <>
      <span className="flex items-baseline gap-2 text-xs">
        <Cell className="shrink-0">
          p{message.partition}
          <span className="text-text-3">@</span>
          {message.offset}
        </Cell>
        <Cell className="min-w-0 grow">
          <KeyText message={message} />
        </Cell>
        <Cell className="shrink-0">
          <Time at={message.timestamp} dated ms={false} className="text-text-3" />
        </Cell>
      </span>
      {steps.length === 0 ? null : (
        <span className="flex gap-3 overflow-hidden text-xs">
          {steps.map((path, at) => (
            <Cell key={at} className="min-w-0 leading-5.5">
              <span className="font-sans text-text-3">
                <VisibleText>{path.join('.')}</VisibleText>
              </span>{' '}
              <PathText>{valueAt(message, path)}</PathText>
            </Cell>
          ))}
        </span>
      )}
      <Cell className="text-text-2">
        <ValueText message={message} />
      </Cell>
    </>
  )
}
