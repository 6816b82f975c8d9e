import { Download, Square } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type ExportFormat, exporter } from '../lib/export-format.ts'
import { type MessageFilter, readFilter } from '../lib/filter/message-filter.ts'
import { formatBytes, formatCount, plural } from '../lib/format.ts'
import type { Message } from '../lib/json/consume-text.ts'
import { type ExportProgress, type MessageSource, runExport } from '../lib/run-export.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { fileTime, saveFile } from './download.ts'
import { ErrorPanel } from './error-panel.tsx'
import { Checkbox } from './input.tsx'
import { Segmented } from './segmented.tsx'

/** Messages that can be had as a file. */
export interface ExportScope {
  readonly id: string
  readonly label: string
  /** Messages, about. */
  readonly count: number
  /** `onWaiting`: whether the source waits for a leader now. */
  readonly open: (onWaiting: (waiting: boolean) => void) => readonly Message[] | MessageSource
  /** Those that match; all without one. */
  readonly filter?: MessageFilter
  /** Why it cannot be had now. */
  readonly disabledReason?: string | undefined
}

type Running =
  | { readonly state: 'idle' }
  | { readonly state: 'running' | 'done' | 'cancelled'; readonly progress: ExportProgress; readonly waiting: boolean }
  | { readonly state: 'failed'; readonly error: unknown }

/** What is chosen, where something is, and what is shown. */
export function listedScopes(
  chosen: readonly Message[],
  shown: readonly Message[],
  shownName = 'What is shown',
): readonly ExportScope[] {
  const scope = (id: string, name: string, messages: readonly Message[]): ExportScope => ({
    id,
    label: `${name}: ${plural(messages.length, 'message')}`,
    count: messages.length,
    open: () => messages,
    disabledReason: messages.length === 0 ? `No message is ${id}.` : undefined,
  })
  return [...(chosen.length === 0 ? [] : [scope('chosen', 'What is chosen', chosen)]), scope('shown', shownName, shown)]
}

/** What is chosen, what is shown, or all of a range, as a file. */
export function ExportDialog({
  begins,
  onClose,
  description,
  scopes,
  columns,
  withTopic = false,
  fileName,
}: {
  /** The scope that is offered first, by its id; null: it is closed. */
  begins: string | null
  onClose: () => void
  description: React.ReactNode
  scopes: readonly ExportScope[]
  /** JSON paths that get a column of their own in CSV. */
  columns: readonly string[]
  /** CSV begins with the topic: messages are of more than one. */
  withTopic?: boolean
  /** What the file's name begins with. */
  fileName: string
}) {
  const [chosenScope, setScope] = useState<string | null>(null)
  useEffect(() => {
    if (begins !== null) setScope(begins)
  }, [begins])
  const [format, setFormat] = useState<ExportFormat>('ndjson')
  const [bom, setBom] = useState(false)
  const [guard, setGuard] = useState(true)
  const [running, setRunning] = useState<Running>({ state: 'idle' })
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])
  const scope = scopes.find(({ id }) => id === chosenScope) ?? scopes[0]
  const busy = running.state === 'running'

  const start = async ({ count, open, filter }: ExportScope) => {
    const abort = new AbortController()
    stop.current = abort
    const writer = exporter({ format, bom, guard, paths: columns, topic: withTopic })
    let waiting = false
    setRunning({ state: 'running', progress: { scanned: 0, written: 0, bytes: 0, remaining: count }, waiting })
    try {
      const { file, progress, cancelled } = await runExport({
        source: open((now) => {
          waiting = now
        }),
        filter: filter ?? readFilter(''),
        format: writer,
        signal: abort.signal,
        onProgress: (progress) => setRunning({ state: 'running', progress, waiting }),
      })
      setRunning({ state: cancelled ? 'cancelled' : 'done', progress, waiting: false })
      if (!cancelled) saveFile(`${fileName}-${fileTime(Date.now())}.${writer.extension}`, file)
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
      description={description}
      footer={
        busy ? (
          <Button icon={<Square />} onClick={() => stop.current?.abort()}>
            Cancel
          </Button>
        ) : (
          <Button
            variant="primary"
            icon={<Download />}
            disabledReason={scope === undefined ? 'There is nothing to export.' : scope.disabledReason}
            onClick={() => scope !== undefined && void start(scope)}
          >
            Export
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <Choice
          legend="Which messages"
          value={scope?.id}
          onChange={setScope}
          options={scopes.map(({ id, label }) => [id, label] as const)}
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
                : `RFC 4180. Columns: ${withTopic ? 'topic, ' : ''}partition, offset, timestamp, key, value as JSON, their encodings, headers, epoch${columns.length === 0 ? '' : `, ${columns.join(', ')}`}. Spreadsheets may round large numbers when they open it.`}
          </p>
        </div>
        {format === 'csv' ? (
          <div className="flex flex-col gap-1">
            <Checkbox
              label="Guard against formulas: an apostrophe before = + - @ where it is not a number"
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

function Choice({
  legend,
  value,
  options,
  onChange,
}: {
  legend: string
  value: string | undefined
  options: readonly (readonly [string, string])[]
  onChange: (value: string) => void
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
