import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { IconButton } from './button.tsx'
import { cx } from './cx.ts'

interface DialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  readonly description?: ReactNode
  readonly children: ReactNode
  /** Buttons, the main one last. */
  readonly footer?: ReactNode
  readonly className?: string
  /** The keys of the page go on: it is about what the page has chosen. */
  readonly pageKeys?: boolean
}

/**
 * The native dialog: focus stays inside, Escape closes, focus goes back to what opened it. Full screen on a phone; a short
 * `question` comes from below there, near the thumb. The field to begin with has `data-autofocus`.
 */
export function Dialog({ question, ...props }: DialogProps & { readonly question?: boolean }) {
  return (
    <Modal
      {...props}
      shape={cx(
        'm-auto w-[min(34rem,calc(100vw-2rem))] max-h-[calc(100dvh-3rem)] rounded-lg max-sm:w-screen max-sm:max-w-none',
        question
          ? 'max-sm:mb-0 max-sm:h-fit max-sm:max-h-[85dvh] max-sm:rounded-b-none max-sm:border-x-0 max-sm:border-b-0'
          : 'max-sm:h-dvh max-sm:max-h-none max-sm:rounded-none max-sm:border-0',
      )}
    />
  )
}

/** A panel from the right edge (from below on a phone): details of what stays in view. */
export function Sheet({ wide, ...props }: DialogProps & { readonly wide?: boolean }) {
  return (
    <Modal
      {...props}
      className={cx('h-full', props.className)}
      shape={cx(
        'my-0 mr-0 ml-auto h-dvh max-h-none rounded-none border-y-0 border-r-0 max-sm:mt-auto max-sm:mb-0 max-sm:h-fit max-sm:max-h-[85dvh] max-sm:w-screen max-sm:max-w-none max-sm:rounded-t-lg max-sm:border-l-0',
        wide ? 'w-[min(52rem,100vw)]' : 'w-[min(30rem,100vw)]',
      )}
    />
  )
}

function Modal({
  open,
  onClose,
  title,
  description,
  children,
  footer,
  className,
  pageKeys,
  shape,
}: DialogProps & { shape: string }) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    if (dialog === null) return
    if (open && !dialog.open) {
      dialog.showModal()
      // The browser would take the first button, which is the one that closes. One selector of both would always find the
      // heading, as it stands first.
      const first = dialog.querySelector<HTMLElement>('[data-autofocus]') ?? dialog.querySelector<HTMLElement>('h2')
      first?.focus()
    }
    if (!open && dialog.open) dialog.close()
  }, [open])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop is an extra; Escape and the button close too
    <dialog
      ref={ref}
      aria-labelledby={id}
      data-page-keys={pageKeys}
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
      className={cx('border border-line-2 bg-surface p-0 text-text shadow-pop', shape)}
    >
      {open ? (
        <div className={cx('flex max-h-[inherit] min-h-0 flex-col max-sm:h-full', className)}>
          <header className="flex items-center gap-3 border-b px-4 py-3 has-[h2:focus-visible]:shadow-[inset_0_-2px_var(--focus)]">
            <div className="min-w-0 grow">
              <h2 id={id} tabIndex={-1} className="font-semibold text-base outline-none">
                {title}
              </h2>
              {description === undefined ? null : <p className="text-text-2 text-xs">{description}</p>}
            </div>
            <IconButton label="Close" keys="Esc" tip={false} onClick={onClose} className="-my-1 -mr-2">
              <X />
            </IconButton>
          </header>
          <div className="scroll-y min-h-0 grow overflow-y-auto p-4">{children}</div>
          {footer === undefined ? null : (
            <footer className="flex items-center justify-end gap-2 border-t px-4 py-3 [&>[data-reason]]:order-first [&>[data-reason]]:mr-auto">
              {footer}
            </footer>
          )}
        </div>
      ) : null}
    </dialog>
  )
}
