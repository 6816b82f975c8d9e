import { useEffect } from 'react'
import { useCluster } from '../../data/hooks.ts'
import { brokerNames } from '../../lib/brokers.ts'
import { plural } from '../../lib/format.ts'
import { Tooltip } from '../../ui/tooltip.tsx'
import { changeSent, type Sent } from './produce-history.ts'
import { type CommittedPlace, replicaCopies } from './replica-copies.ts'

/** On how many replicas a written message is; looked at as long as one is missing, and no longer. */
export function CopiesNote({ sent }: { sent: Sent }) {
  if (sent.copies !== undefined) return <Copies on={sent.copies} of={sent.copies} />
  const place = placeOf(sent)
  return place === undefined ? null : <LiveCopies id={sent.id} place={place} />
}

function LiveCopies({ id, place }: { id: string; place: CommittedPlace }) {
  const cluster = useCluster()
  const copies = cluster === null ? undefined : replicaCopies(place, cluster)
  const all = copies?.on === copies?.of ? copies?.of : undefined
  useEffect(() => {
    if (all !== undefined) changeSent(id, { copies: all })
  }, [id, all])
  if (copies === undefined) return null
  const { on, of, behind, silent } = copies
  return (
    <>
      <Copies on={on} of={of} />
      {behind.length + silent.length === 0 ? null : (
        <span className="order-last basis-full text-pretty text-text-2 text-xs">
          Committed: every replica that was in sync has it.
          {behind.length === 0
            ? ''
            : ` ${brokerNames(behind)} ${behind.length === 1 ? 'is' : 'are'} out of sync and will copy it when catching up.`}
          {silent.length === 0
            ? ''
            : ` Whether ${brokerNames(silent)} ${silent.length === 1 ? 'has it is not known: it does' : 'have it is not known: they do'} not answer.`}
        </span>
      )}
    </>
  )
}

const committed = 'It is committed: every replica in sync had it before the receipt came. The others copy it later.'

function Copies({ on, of }: { on: number | null; of: number }) {
  return (
    <Tooltip text={committed}>
      <span className="text-text-3 text-xs">
        on {on ?? '–'} of {plural(of, 'replica')}
      </span>
    </Tooltip>
  )
}

function placeOf({ at, partition, stamp, state }: Sent): CommittedPlace | undefined {
  if (state.kind !== 'written' || state.offset === null || stamp === null) return undefined
  const { offset, epoch, ms } = state
  return { topicId: stamp.topicId, partition, offset, epoch, committedAt: at + ms }
}
