import { useIsFetching } from '@tanstack/react-query'
import { useSkeleton } from '../../ui/skeleton.tsx'

/** A thin line while something is read again: what is shown stays, so nothing else tells. */
export function FetchBar() {
  const busy = useSkeleton(useIsFetching() > 0)
  return (
    <div aria-hidden className="relative z-10 h-0">
      {busy ? <div className="-top-px absolute inset-x-0 h-0.5 animate-pulse-soft bg-focus" /> : null}
    </div>
  )
}
