import { cx } from '../../ui/cx.ts'
import { cardLook } from './card-look.ts'

/** A subscription's number in its hue: on its card, and on its lane. */
export function CardNumber({ index }: { index: number }) {
  return (
    <span
      className={cx(
        'inline-flex size-4.5 shrink-0 items-center justify-center rounded-full font-semibold text-2xs text-surface',
        cardLook(index).mark,
      )}
    >
      {index + 1}
    </span>
  )
}
