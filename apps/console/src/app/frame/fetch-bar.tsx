import { useIsFetching } from '@tanstack/react-query'
import { useOnline } from '../../data/hooks.ts'
import { useSkeleton } from '../../ui/skeleton.tsx'

/** A thin line while something is read again: what is shown stays, so nothing else tells. While nobody answers nothing is read. */
export function FetchBar() {
  const reading = useIsFetching() > 0
  const online = useOnline()
  const busy = useSkeleton(reading && online)
  return (
    <div aria-hidden className="relative z-10 h-0">
      {busy ? <div className="-top-px absolute inset-x-0 h-0.5 animate-pulse-soft bg-focus" /> : null}
    </div>
  )
}
