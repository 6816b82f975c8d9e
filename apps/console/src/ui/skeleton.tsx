import { type ReactNode, useEffect, useState } from 'react'
import { cx } from './cx.ts'

/** Its corners are those of a line of text, or what `className` says. */
export function Skeleton({ className = '' }: { className?: string }) {
  return (
    <div
      aria-hidden
      className={cx('animate-pulse-soft bg-surface-3', !className.includes('rounded') && 'rounded-sm', className)}
    />
  )
}

const showAfterMs = 200
const keepAtLeastMs = 400

/** Whether to show a skeleton: not in the first 200 ms, and then for 400 ms at least, so that nothing flickers. */
export function useSkeleton(loading: boolean): boolean {
  const [shownAt, setShownAt] = useState<number | null>(null)
  useEffect(() => {
    if (loading && shownAt === null) {
      const timer = setTimeout(() => setShownAt(performance.now()), showAfterMs)
      return () => clearTimeout(timer)
    }
    if (!loading && shownAt !== null) {
      const timer = setTimeout(() => setShownAt(null), Math.max(0, keepAtLeastMs - (performance.now() - shownAt)))
      return () => clearTimeout(timer)
    }
    return undefined
  }, [loading, shownAt])
  return shownAt !== null
}

/** The three states before there is data: nothing for 200 ms, the skeleton, then the content. */
export function Loading({
  loading,
  skeleton,
  children,
}: {
  loading: boolean
  skeleton: ReactNode
  children: () => ReactNode
}) {
  const show = useSkeleton(loading)
  if (show) return <div aria-busy="true">{skeleton}</div>
  return loading ? (
    <div aria-busy="true" className="invisible">
      {skeleton}
    </div>
  ) : (
    children()
  )
}
