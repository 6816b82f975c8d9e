import { cx } from './cx.ts'

/** The last values as a line, gaps left open; `label` says it in words. */
export function Sparkline({
  values,
  label,
  width = 96,
  height = 20,
  className,
}: {
  values: readonly (number | null)[]
  label: string
  width?: number
  height?: number
  className?: string
}) {
  const max = values.reduce<number>((most, value) => (value !== null && value > most ? value : most), 0)
  const step = width / Math.max(1, values.length - 1)
  const y = (value: number) => height - 1.5 - (max === 0 ? 0 : (value / max) * (height - 3))
  let path = ''
  let open = false
  values.forEach((value, index) => {
    if (value === null) {
      open = false
      return
    }
    path += `${open ? 'L' : 'M'}${(index * step).toFixed(1)} ${y(value).toFixed(1)}`
    open = true
  })
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      className={cx('text-text-2', className)}
    >
      <path d={`M0 ${height - 0.5}H${width}`} className="stroke-line" strokeWidth="1" />
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.25"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
