import { Link } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import { Timer } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useConsoleData } from '../../data/console-data.tsx'
import { useNoWriteReason } from '../../data/hooks.ts'
import { addPendingWrite } from '../../data/pending-writes.ts'
import { useIdempotentProducer } from '../../data/produce/use-idempotent-producer.ts'
import { formatDuration } from '../../lib/format.ts'
import { BrokerMark } from '../../ui/broker-mark.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Select } from '../../ui/select.tsx'
import { Time } from '../../ui/time.tsx'
import { type ProbeResult, probe, probeKey } from './probe.ts'

const maxResults = 10

interface Probed extends ProbeResult {
  readonly id: number
  readonly at: number
  /** In sync when it was acknowledged: it is on the disk of each. */
  readonly isr: readonly string[]
}

/** Times one marked message: to the disks of all in sync, and back to this page. */
export function ProbeCard({ topic }: { topic: TopicDescription }) {
  const { live, cluster } = useConsoleData()
  const producer = useIdempotentProducer()
  const noWriteReason = useNoWriteReason()
  const [partition, setPartition] = useState(0)
  const [phase, setPhase] = useState<'idle' | 'timing' | 'waiting'>('idle')
  const [error, setError] = useState<unknown>(null)
  const [results, setResults] = useState<readonly Probed[]>([])
  const underWay = useRef<AbortController | null>(null)
  useEffect(() => () => underWay.current?.abort(), [])
  // On a phone it comes below what is seen of the page.
  const list = useRef<HTMLOListElement>(null)
  const newest = results[0]?.id
  useEffect(() => {
    if (newest !== undefined) list.current?.firstElementChild?.scrollIntoView({ block: 'nearest' })
  }, [newest])

  const start = async () => {
    const abort = new AbortController()
    underWay.current = abort
    setPhase('timing')
    setError(null)
    let done: (() => void) | undefined
    try {
      const target = { topic: topic.name, topicId: topic.id, partition }
      const result = await probe(live, producer, target, abort.signal, (waiting) => {
        if (waiting === null) return
        done ??= addPendingWrite(`${topic.name}: a timed message`, () => abort.abort())
        setPhase('waiting')
      })
      const now = cluster.store.get()?.topics.find(({ name }) => name === topic.name)
      const isr = now?.partitions.find((each) => each.partition === partition)?.isr ?? []
      setResults((before) =>
        [{ ...result, id: (before[0]?.id ?? 0) + 1, at: Date.now(), isr }, ...before].slice(0, maxResults),
      )
    } catch (reason) {
      if (!abort.signal.aborted) setError(reason)
    } finally {
      done?.()
      setPhase('idle')
    }
  }

  const longest = Math.max(
    ...results.map(({ acknowledgedMs, returnedMs }) => Math.max(acknowledgedMs, returnedMs ?? 0)),
  )
  return (
    <Card
      title="Time a message"
      aside={
        <div className="flex flex-wrap items-center gap-2 [&>[data-reason]]:order-first">
          <Select
            small
            aria-label="Partition of the timed message"
            value={partition}
            onChange={(event) => setPartition(Number(event.target.value))}
          >
            {topic.partitions.map((each) => (
              <option key={each.partition} value={each.partition}>
                Partition {each.partition}
              </option>
            ))}
          </Select>
          <Button
            size="sm"
            icon={<Timer />}
            busy={phase !== 'idle'}
            disabledReason={noWriteReason}
            onClick={() => void start()}
          >
            {phase === 'waiting' ? 'Waiting for a leader' : 'Send and time'}
          </Button>
        </div>
      }
    >
      <p className="text-text-2 text-xs">
        Sends one message with the key <code className="font-mono">{probeKey}</code>, which stays in the topic, and
        times its way to the disks of all in sync, and to this page.
      </p>
      {error === null ? null : (
        <div className="mt-3">
          <ErrorPanel what="The message was not timed" error={error} onRetry={() => void start()} />
        </div>
      )}
      <ol ref={list} aria-live="polite" aria-label="Timed messages" className="flex flex-col">
        {results.map((result) => (
          <Result key={result.id} topic={topic.name} result={result} longest={longest} />
        ))}
      </ol>
    </Card>
  )
}

function Result({ topic, result, longest }: { topic: string; result: Probed; longest: number }) {
  const { partition, offset, epoch, attempts, acknowledgedMs, returnedMs, at, isr } = result
  const share = (ms: number) => `${(ms / longest) * 100}%`
  return (
    <li className="mt-3 border-t pt-3 text-xs">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {offset === null ? (
          <span className="font-mono">p{partition}, offset no longer known</span>
        ) : (
          <Link
            to="/topics/$topic/$partition/$offset"
            params={{ topic, partition: String(partition), offset: String(offset) }}
            className="font-mono underline decoration-line-2 underline-offset-2 hover:decoration-text"
          >
            p{partition}@{offset}
          </Link>
        )}
        <span className="flex flex-wrap items-center gap-x-1.5">
          <span aria-hidden className="inline-block size-2 rounded-full bg-ok-mark" />
          <b className="font-medium font-mono">{milliseconds(acknowledgedMs)}</b>{' '}
          <span className="text-text-2">until acknowledged, on the disks of</span>
          <span className="flex gap-1">
            {isr.map((id) => (
              <BrokerMark key={id} id={id} />
            ))}
          </span>
        </span>
        <span>
          {returnedMs === null ? (
            <span className="text-warn">not back after ten seconds</span>
          ) : (
            <span className="flex flex-wrap items-center gap-x-1.5">
              <span aria-hidden className="inline-block size-2 rounded-full bg-info-mark" />
              <b className="font-medium font-mono">{milliseconds(returnedMs)}</b>{' '}
              <span className="text-text-2">until consumed here</span>
            </span>
          )}
        </span>
        <span className="ml-auto text-text-3">
          {epoch >= 0 ? `epoch ${epoch} · ` : ''}
          {attempts > 1 ? `${attempts} attempts · ` : ''}
          <Time at={at} />
        </span>
      </div>
      <div aria-hidden className="mt-2 flex flex-col gap-px overflow-hidden rounded-sm bg-surface-3">
        <span className="h-1 bg-ok-mark" style={{ width: share(acknowledgedMs) }} />
        <span className="h-1 bg-info-mark" style={{ width: share(returnedMs ?? 0) }} />
      </div>
    </li>
  )
}

/** With a tenth, since most are a few. */
function milliseconds(ms: number): string {
  return ms < 100 ? `${ms.toFixed(1)} ms` : formatDuration(ms)
}
