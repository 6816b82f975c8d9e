import type { ReactNode } from 'react'

/** Nothing here: one sentence why, one action, one snippet. "Nothing yet" and "nothing matches" are different texts. */
export function EmptyState({
  icon,
  title,
  children,
  action,
  snippet,
}: {
  icon?: ReactNode
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  snippet?: ReactNode
}) {
  return (
    <div className="mx-auto flex max-w-xl flex-col items-center gap-2 px-4 py-10 text-center">
      {icon === undefined ? null : <div className="text-text-3 [&_svg]:size-6">{icon}</div>}
      <p className="font-semibold text-base">{title}</p>
      {children === undefined ? null : <div className="text-pretty text-text-2">{children}</div>}
      {action === undefined ? null : (
        <div className="mt-2 flex flex-wrap justify-center gap-2 [&>[data-reason]]:order-last [&>[data-reason]]:basis-full">
          {action}
        </div>
      )}
      {snippet === undefined ? null : <div className="mt-3 w-full text-left">{snippet}</div>}
    </div>
  )
}
