import { ChevronDown, ChevronUp } from 'lucide-react'
import { formatCount } from '../lib/format.ts'
import { IconButton } from './button.tsx'
import { Input } from './input.tsx'

/** Hits that are counted and can be gone through. */
export const maxHits = 1_000

/** A text to look for in what is shown, how often it is there, and the way from one to the next. */
export function MessageSearch({
  query,
  count,
  current,
  onQuery,
  onStep,
}: {
  query: string
  count: number
  /** Index of the hit that is shown now. */
  current: number
  onQuery: (query: string) => void
  onStep: (by: 1 | -1) => void
}) {
  return (
    <search className="flex items-center gap-1">
      <div className="relative flex min-w-0 grow items-center">
        <Input
          aria-label="Search in this message"
          placeholder="Search in this message"
          mono={query !== ''}
          value={query}
          onChange={(event) => onQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && count > 0) {
              event.preventDefault()
              onStep(event.shiftKey ? -1 : 1)
            }
            if (event.key === 'Escape' && query !== '') {
              // Only the text goes; the panel stays.
              event.stopPropagation()
              onQuery('')
            }
          }}
          className="!h-7 pr-20 max-sm:!h-11"
        />
        <span role="status" className="pointer-events-none absolute right-2 text-2xs text-text-3">
          {query === ''
            ? ''
            : count === 0
              ? 'none'
              : `${formatCount(current + 1)} of ${formatCount(count)}${count >= maxHits ? ' or more' : ''}`}
        </span>
      </div>
      {/* Without a hit there is no way from one to the next. */}
      {count === 0 ? null : (
        <>
          <IconButton label="Previous hit" keys="Shift Enter" className="!size-7" onClick={() => onStep(-1)}>
            <ChevronUp />
          </IconButton>
          <IconButton label="Next hit" keys="Enter" className="!size-7" onClick={() => onStep(1)}>
            <ChevronDown />
          </IconButton>
        </>
      )}
    </search>
  )
}
