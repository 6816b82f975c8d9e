import type { TopicDescription } from '@yak/protocol/schemas'
import { Download, Square } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useApi, useOnline } from '../../data/hooks.ts'
import { readFilter } from '../../lib/filter/message-filter.ts'
import { formatBytes, formatCount, plural } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { fileTime } from '../../ui/download.ts'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Checkbox } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { type ExportFormat, exporter } from './export-format.ts'
import { ForwardScan } from './range-scan.ts'
import { pageReader } from './read-page.ts'
import { type ExportProgress, runExport } from './run-export.ts'
import { saveFile } from './save-file.ts'
import { endsOf } from './use-message-range.ts'

type Running =
  | { readonly state: 'idle' }
  | { readonly state: 'running' | 'done' | 'cancelled'; readonly progress: ExportProgress; readonly waiting: boolean }
  | { readonly state: 'failed'; readonly error: unknown }

/** What is chosen, what is shown, or everything there is from the chosen place on, as a file. */
export function ExportDialog({
  begins,
  onClose,
  topic,
  partitions,
  from,
  filter,
  chosen,
  shown,
  columns,
}: {
  /** What is offered first; null: it is closed. */
  begins: 'chosen' | 'shown' | null
  onClose: () => void
  topic: TopicDescription
  partitions: readonly number[] | undefined
  from: 'earliest' | number | { readonly time: string }
  filter: string
  chosen: readonly Message[]
  /** The messages in the list. */
  shown: readonly Message[]
  columns: readonly string[]
}) {
  const api = useApi()
  const online = useOnline()
  const [scope, setScope] = useState<'chosen' | 'shown' | 'range'>('shown')
  useEffect(() => {
    if (begins !== null) setScope(begins)
  }, [begins])
  const [format, setFormat] = useState<ExportFormat>('ndjson')
  const [bom, setBom] = useState(false)
  const [guard, setGuard] = useState(true)
  const [running, setRunning] = useState<Running>({ state: 'idle' })
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])
  const ends = endsOf(topic, partitions)
  const inRange = ends.reduce(
    (sum, { logStartOffset, highWatermark }) =>
      sum + Math.max(0, highWatermark - (typeof from === 'number' ? Math.max(from, logStartOffset) : logStartOffset)),
    0,
  )
  const listed = scope === 'chosen' ? chosen : shown
  const busy = running.state === 'running'

  const start = async () => {
    const abort = new AbortController()
    stop.current = abort
    const writer = exporter({ format, bom, guard, paths: columns })
    let waiting = false
    const zero: ExportProgress = {
      scanned: 0,
      written: 0,
      bytes: 0,
      remaining: scope === 'range' ? inRange : listed.length,
    }
    setRunning({ state: 'running', progress: zero, waiting })
    try {
      const source =
        scope !== 'range'
          ? listed
          : new ForwardScan(pageReader(api, topic.name), ends, from, (now) => {
              waiting = now
            })
      const { file, progress, cancelled } = await runExport({
        source,
        // What is shown or chosen went through the filter already.
        filter: readFilter(scope === 'range' ? filter : ''),
        format: writer,
        signal: abort.signal,
        onProgress: (progress) => setRunning({ state: 'running', progress, waiting }),
      })
      setRunning({ state: cancelled ? 'cancelled' : 'done', progress, waiting: false })
      if (!cancelled) saveFile(file, `${topic.name}-${fileTime(Date.now())}.${writer.extension}`)
    } catch (error) {
      setRunning({ state: 'failed', error })
    }
  }

  return (
    <Dialog
      open={begins !== null}
      onClose={() => {
        stop.current?.abort()
        setRunning({ state: 'idle' })
        onClose()
      }}
      title="Export messages"
      description={topic.name}
      footer={
        busy ? (
          <Button icon={<Square />} onClick={() => stop.current?.abort()}>
            Cancel
          </Button>
        ) : (
          <Button
            variant="primary"
            icon={<Download />}
            disabledReason={
              scope !== 'range' && listed.length === 0
                ? `No message is ${scope}.`
                : scope === 'range' && !online
                  ? 'No broker answers.'
                  : undefined
            }
            onClick={() => void start()}
          >
            Export
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <Choice
          legend="Which messages"
          value={scope}
          onChange={setScope}
          options={[
            ...(chosen.length === 0
              ? []
              : [['chosen', `What is chosen: ${plural(chosen.length, 'message')}`] as const]),
            ['shown', `What is shown: ${plural(shown.length, 'message')}`],
            [
              'range',
              typeof from === 'object'
                ? `Everything from ${from.time} on`
                : `Everything from ${from === 'earliest' ? 'the oldest' : `offset ${from}`} on: about ${plural(inRange, 'message')}${filter === '' ? '' : ', those that match the filter'}`,
            ],
          ]}
        />
        <div>
          <p aria-hidden className="mb-1 font-medium text-text-2 text-xs">
            Format
          </p>
          <Segmented<ExportFormat>
            label="Format"
            value={format}
            onChange={setFormat}
            options={[
              { value: 'ndjson', label: 'NDJSON' },
              { value: 'json', label: 'JSON' },
              { value: 'csv', label: 'CSV' },
            ]}
          />
          <p className="mt-1.5 text-pretty text-text-2 text-xs">
            {format === 'ndjson'
              ? 'One message a line, as GET /consume answers. Numbers stand digit for digit as they were sent.'
              : format === 'json'
                ? 'One array of messages, as GET /consume answers. Numbers stand digit for digit as they were sent.'
                : `RFC 4180. Columns: partition, offset, timestamp, key, value as JSON, their encodings, headers, epoch${columns.length === 0 ? '' : `, ${columns.join(', ')}`}. Spreadsheets may round large numbers when they open it.`}
          </p>
        </div>
        {format === 'csv' ? (
          <div className="flex flex-col gap-1">
            <Checkbox
              label="Guard against formulas: an apostrophe before = + - @ where it is no number"
              checked={guard}
              onChange={(event) => setGuard(event.target.checked)}
            />
            <Checkbox
              label="Byte order mark, for Excel"
              checked={bom}
              onChange={(event) => setBom(event.target.checked)}
            />
          </div>
        ) : null}
        <Status running={running} />
      </div>
    </Dialog>
  )
}

function Status({ running }: { running: Running }) {
  if (running.state === 'idle') return null
  if (running.state === 'failed') return <ErrorPanel what="The export stopped" error={running.error} />
  const { scanned, written, bytes, remaining } = running.progress
  const share = scanned + remaining === 0 ? 1 : scanned / (scanned + remaining)
  return (
    <div aria-live="polite" className="flex flex-col gap-1.5">
      <div className="h-1.5 overflow-hidden rounded-full bg-surface-3" aria-hidden>
        <div
          className="h-full origin-left bg-inverse transition-transform"
          style={{ transform: `scaleX(${running.state === 'done' ? 1 : share})` }}
        />
      </div>
      <p className="text-xs">
        {running.state === 'done'
          ? `Done: ${plural(written, 'message')}, ${formatBytes(bytes)}. The browser saves the file.`
          : running.state === 'cancelled'
            ? `Cancelled after ${plural(written, 'message')}. No file was saved.`
            : `${formatCount(scanned)} read, ${formatCount(written)} written, ${formatBytes(bytes)}${running.waiting ? '; waiting for a leader' : ''}`}
      </p>
    </div>
  )
}

function Choice<T extends string>({
  legend,
  value,
  options,
  onChange,
}: {
  legend: string
  value: T
  options: readonly (readonly [T, string])[]
  onChange: (value: T) => void
}) {
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium text-text-2 text-xs">{legend}</legend>
      {options.map(([each, label]) => (
        <label key={each} className="inline-flex min-h-6 items-center gap-2 text-sm max-sm:min-h-11">
          <input
            type="radio"
            name="export-scope"
            className="size-4 shrink-0 accent-inverse"
            checked={each === value}
            onChange={() => onChange(each)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  )
}
