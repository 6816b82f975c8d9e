import { Link } from '@tanstack/react-router'
import { ChevronRight, Square } from 'lucide-react'
import { useId, useState } from 'react'
import { brokerWords } from '../../lib/broker-words.ts'
import { formatCount, formatDuration, formatRate } from '../../lib/format.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Field, Input } from '../../ui/input.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { Stat } from '../../ui/stat.tsx'
import { maxRepeatCount, maxRepeatRate } from './repeat.ts'
import type { Pace, Repeat } from './use-repeat.ts'

/** The draft many times over. */
export function RepeatPanel({
  repeat,
  topic,
  onStart,
  disabledReason,
}: {
  repeat: Repeat
  topic: string
  onStart: (pace: Pace) => void
  disabledReason: string | undefined
}) {
  const [count, setCount] = useState('100')
  const [rate, setRate] = useState('50')
  const [isJittered, setIsJittered] = useState(false)
  const note = useId()
  const { progress } = repeat
  const running = progress !== null && progress.state !== 'done'
  const countFault = rangeFault(count, maxRepeatCount)
  const rateFault = rangeFault(rate, maxRepeatRate)
  return (
    <details className="group rounded-md border">
      <summary className="flex min-h-9 cursor-pointer list-none items-center gap-1.5 px-3 font-medium text-sm max-sm:min-h-11">
        <ChevronRight aria-hidden className="size-3.5 text-text-3 transition-transform group-open:rotate-90" />
        Send it many times
      </summary>
      <div className="flex flex-col gap-3 border-t p-3">
        <p className="text-pretty text-text-2 text-xs">
          Key, value and the texts of headers may hold <code className="font-mono">{'{{i}}'}</code>,{' '}
          <code className="font-mono">{'{{uuid}}'}</code>, <code className="font-mono">{'{{now}}'}</code>,{' '}
          <code className="font-mono">{'{{ms}}'}</code> and <code className="font-mono">{'{{int 1 9}}'}</code>, which
          each message fills in anew.
        </p>
        <div className="flex flex-wrap items-start gap-3">
          <Field label="Messages" error={countFault} noteId={`${note}-count`} className="w-28">
            {(wiring) => (
              <Input {...wiring} inputMode="numeric" value={count} onChange={(event) => setCount(event.target.value)} />
            )}
          </Field>
          <Field label="Per second" error={rateFault} noteId={`${note}-rate`} className="w-28">
            {(wiring) => (
              <Input {...wiring} inputMode="numeric" value={rate} onChange={(event) => setRate(event.target.value)} />
            )}
          </Field>
          <div className="mt-5.5 flex min-h-8 items-center max-sm:min-h-11">
            <Checkbox
              label="Jitter"
              title="Each leaves a little late, at the same pace on the whole"
              checked={isJittered}
              onChange={(event) => setIsJittered(event.target.checked)}
            />
          </div>
          <div className="flex min-w-0 flex-wrap items-center gap-2 pt-5.5 max-sm:pt-0">
            {running ? (
              <Button icon={<Square />} busy={progress.state === 'stopping'} onClick={repeat.stop}>
                Stop
              </Button>
            ) : (
              <Button
                disabledReason={disabledReason ?? countFault ?? rateFault}
                // What is wrong with a number stands below it.
                reasonId={
                  disabledReason !== undefined ? undefined : countFault !== undefined ? `${note}-count` : `${note}-rate`
                }
                onClick={() => onStart({ count: Number(count), rate: Number(rate), isJittered })}
              >
                Start
              </Button>
            )}
          </div>
        </div>
        {progress === null ? null : (
          <>
            <ProgressBar label="Messages acknowledged" max={progress.wanted} value={progress.acked + progress.failed} />
            <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
              <Stat
                label="Acknowledged"
                value={formatCount(progress.acked)}
                note={`of ${formatCount(progress.sent)} sent`}
              />
              <Stat
                label="Rate"
                value={formatRate(progress.rate)}
                unit="/s"
                note={`in ${formatDuration(progress.elapsedMs)}`}
              />
              <Stat label="Ack p50" value={progress.p50Ms === null ? '–' : formatDuration(progress.p50Ms)} />
              <Stat label="Ack p99" value={progress.p99Ms === null ? '–' : formatDuration(progress.p99Ms)} />
            </div>
            {progress.failed > 0 ? (
              <p className="text-bad text-xs">{formatCount(progress.failed)} not acknowledged.</p>
            ) : null}
            {progress.error === null ? null : <p className="text-bad text-xs">{brokerWords(progress.error)}</p>}
            {progress.state === 'done' && progress.first !== null && progress.last !== null ? (
              <p className="flex gap-3 text-xs">
                <Place topic={topic} place={progress.first} label="First" />
                <Place topic={topic} place={progress.last} label="Last" />
              </p>
            ) : null}
          </>
        )}
      </div>
    </details>
  )
}

function Place({
  topic,
  place,
  label,
}: {
  topic: string
  place: { partition: number; offset: number }
  label: string
}) {
  const { partition, offset } = place
  return (
    <Link
      to="/topics/$topic/$partition/$offset"
      params={{ topic, partition: String(partition), offset: String(offset) }}
      className="underline decoration-line-2 underline-offset-2"
    >
      {label}: <span className="font-mono">{`p${partition}@${offset}`}</span>
    </Link>
  )
}

function rangeFault(text: string, max: number): string | undefined {
  const number = Number(text)
  return Number.isSafeInteger(number) && number >= 1 && number <= max ? undefined : `1 to ${formatCount(max)}.`
}
