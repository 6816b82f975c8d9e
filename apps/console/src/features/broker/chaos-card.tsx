import { Link } from '@tanstack/react-router'
import { DatabaseZap, ExternalLink, HeartPulse, type LucideIcon, Pause, Skull, Turtle } from 'lucide-react'
import { useId, useState } from 'react'
import { useApi, usePeers, useSnapshot } from '../../data/hooks.ts'
import type { BrokerState } from '../../data/live/frames.ts'
import { brokerName } from '../../lib/brokers.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Segmented } from '../../ui/segmented.tsx'

type Action = NonNullable<BrokerState['chaos']>[number]

const actions: Record<Action, { readonly icon: LucideIcon; readonly label: string; readonly done: string }> = {
  pause: { icon: Pause, label: 'Pause', done: 'is paused' },
  'cut-coordinator': { icon: DatabaseZap, label: 'Cut from the coordinator', done: 'is cut from the coordinator' },
  'slow-follower': { icon: Turtle, label: 'Slow its copying', done: 'copies late' },
  heal: { icon: HeartPulse, label: 'End it now', done: 'is left alone again' },
  kill: { icon: Skull, label: 'Kill', done: 'was killed' },
}

const spans = [
  ['2000', '2 s'],
  ['10000', '10 s'],
  ['30000', '30 s'],
] as const

/** Of the timeline: a fault here lasts seconds. */
const shownMs = 120_000

/** Only where the broker itself says that it may be hurt, as under `yak dev --chaos`. */
export function ChaosCard({ state, answers }: { state: BrokerState; answers: boolean }) {
  const api = useApi()
  const snapshot = useSnapshot()
  const { current } = usePeers()
  const note = useId()
  const [span, setSpan] = useState('10000')
  const [busy, setBusy] = useState<Action | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const [failed, setFailed] = useState<{ readonly action: Action; readonly error: unknown } | null>(null)
  if (snapshot !== null || state.chaos === undefined || state.chaos.length === 0) return null
  const act = async (action: Action) => {
    setBusy(action)
    setFailed(null)
    setDone(null)
    try {
      await api.json('/v1/chaos', {
        method: 'POST',
        body: { action, forMs: Number(span) },
        brokerUrl: state.url,
      })
      const forSeconds = action === 'kill' || action === 'heal' ? '' : ` for ${Number(span) / 1_000} s`
      setDone(`${brokerName(state.brokerId)} ${actions[action].done}${forSeconds}.`)
    } catch (error) {
      setFailed({ action, error })
    } finally {
      setBusy(null)
    }
  }
  const button = (action: Action) => {
    const { icon: Icon, label } = actions[action]
    return (
      <Button
        key={action}
        variant={action === 'kill' ? 'danger' : 'default'}
        icon={<Icon />}
        busy={busy === action}
        disabledReason={
          !answers
            ? `${brokerName(state.brokerId)} does not answer.`
            : action === 'slow-follower' && state.role === 'leader'
              ? 'It leads, so it copies from nobody.'
              : undefined
        }
        reasonId={note}
        onClick={() => void act(action)}
      >
        {label}
      </Button>
    )
  }
  return (
    <Card
      title="Chaos"
      aside={<span className="text-text-3 text-xs">development only: this cluster runs with --chaos</span>}
    >
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-2">
          {state.chaos.filter((action) => action !== 'kill').map(button)}
          <Segmented
            label="For how long"
            value={span}
            options={spans.map(([value, label]) => ({ value: value as string, label }))}
            onChange={setSpan}
            disabled={!answers}
          />
          {state.chaos.includes('kill') ? <span className="sm:ml-auto">{button('kill')}</span> : null}
        </div>
        <p id={note} role="status" className="text-text-2 text-xs">
          {done === null ? 'What the others do meanwhile is drawn on the ' : `${done} See the `}
          <Link to="/timeline" search={{ span: shownMs }} className="text-info underline underline-offset-2">
            timeline
          </Link>
          , or{' '}
          <a
            href={`${current}/console/timeline?span=${shownMs}`}
            target="_blank"
            rel="noreferrer"
            className="text-info underline underline-offset-2"
          >
            open it beside this page <ExternalLink aria-hidden className="inline size-3" />
          </a>
          .{' '}
          {!answers
            ? `${brokerName(state.brokerId)} does not answer, so nothing can be done to it.`
            : state.role === 'leader'
              ? 'It leads, so there is no copying of its own to slow.'
              : 'A follower that copies late leaves those in sync with the next message that is written.'}
        </p>
        {failed === null ? null : (
          <ErrorPanel
            what={`${actions[failed.action].label}: the broker did not do it`}
            error={failed.error}
            onRetry={() => void act(failed.action)}
          />
        )}
      </div>
    </Card>
  )
}
