import { cx } from './cx.ts'

const mac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** Keys as they are on this machine: `mod` is ⌘ or Ctrl. `<Kbd keys="mod K" />`, `<Kbd keys="g o" />`. */
export function Kbd({ keys, inverse }: { keys: string; inverse?: boolean }) {
  return (
    <span className="inline-flex gap-0.5">
      {keys.split(' ').map((key) => (
        <kbd
          key={key}
          className={cx(
            'inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm border px-1 font-mono text-2xs',
            inverse ? 'border-on-inverse/30 text-on-inverse' : 'border-line-2 bg-surface-2 text-text-2',
          )}
        >
          {key === 'mod' ? (mac ? '⌘' : 'Ctrl') : key}
        </kbd>
      ))}
    </span>
  )
}
