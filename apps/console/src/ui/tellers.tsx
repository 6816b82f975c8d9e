import { sortBrokerIds } from '../lib/brokers.ts'
import { BrokerMark } from './broker-mark.tsx'
import { useBrokerOrder } from './environment.tsx'

/** Up to so many each has a place of its own, so that one who does not tell it is missed. */
const mostPlaces = 5

/** The brokers that tell of an event. */
export function Tellers({ ids }: { ids: readonly string[] }) {
  const order = useBrokerOrder()
  const all = sortBrokerIds([...order, ...ids])
  const places = all.length <= mostPlaces ? all : sortBrokerIds(ids)
  return (
    <span className="flex shrink-0 gap-0.5">
      {places.map((id) =>
        ids.includes(id) ? (
          <BrokerMark key={id} id={id} size="sm" />
        ) : (
          <span key={id} className="size-3.5 max-sm:hidden" />
        ),
      )}
    </span>
  )
}
