import { brokerLook, brokerName } from '../lib/brokers.ts'
import { cx } from './cx.ts'
import { useBrokerOrder } from './environment.tsx'

/** A broker by colour and letter; with `name` also its id. The only way brokers are shown. */
export function BrokerMark({
  id,
  name,
  size = 'md',
  className,
}: {
  id: string
  name?: boolean
  size?: 'sm' | 'md' | 'lg'
  className?: string
}) {
  const { colour, letter } = brokerLook(id, useBrokerOrder())
  const mark = (
    <span
      title={name ? undefined : `broker ${id}`}
      className={cx(
        `broker-${colour} inline-flex shrink-0 select-none items-center justify-center rounded-sm bg-(--broker) font-mono font-semibold text-(--broker-ink)`,
        { sm: 'size-3.5 text-[0.5625rem]', md: 'size-4.5 text-2xs', lg: 'size-7 rounded-md text-sm' }[size],
        className,
      )}
    >
      <span aria-hidden>{letter}</span>
      {name ? null : <span className="sr-only">broker {id}</span>}
    </span>
  )
  if (!name) return mark
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      {mark}
      <span className="font-mono text-xs">{brokerName(id)}</span>
    </span>
  )
}

/** For SVG: the pattern of a broker, `fill="url(#broker-pattern-2)"`, so that bars differ without colour. Once per page. */
export function BrokerPatterns() {
  const strokes: readonly (readonly string[])[] = [
    [],
    ['M-2 2 2-2M0 8 8 0M6 10 10 6'],
    ['M1 2h1M5 6h1'],
    ['M0 2h8M0 6h8'],
    ['M2 0v8M6 0v8'],
    ['M-2 6 2 10M0 0 8 8M6-2 10 2'],
    ['M0 4h8M4 0v8'],
    ['M-2 2 2-2M0 8 8 0M6 10 10 6', 'M0 0 8 8'],
  ]
  return (
    <svg aria-hidden className="absolute size-0">
      <defs>
        {strokes.map((paths, index) => (
          <pattern
            key={index}
            id={`broker-pattern-${index + 1}`}
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
            className={`broker-${index + 1}`}
          >
            <rect width="8" height="8" className="fill-(--broker)" />
            {paths.map((path) => (
              <path key={path} d={path} className="stroke-(--broker-ink)" strokeWidth="1" strokeOpacity="0.45" />
            ))}
          </pattern>
        ))}
      </defs>
    </svg>
  )
}
