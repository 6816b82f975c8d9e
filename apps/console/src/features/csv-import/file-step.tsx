import { ClipboardPaste, FileUp, RotateCw } from 'lucide-react'
import { useId, useState } from 'react'
import { formatBytes, plural } from '../../lib/format.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cx } from '../../ui/cx.ts'
import { Checkbox, Field, Textarea } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { type CsvFormat, delimiters, encodings, quotes } from './csv-format.ts'
import type { ImportSession, ImportState } from './import-session.ts'
import { PreviewTable } from './preview-table.tsx'
import { stepActions } from './step-actions.ts'
import type { FaultField } from './worker-messages.ts'

const largeBytes = 1_073_741_824

export function FileStep({
  session,
  state,
  onNext,
}: {
  session: ImportSession
  state: ImportState
  onNext: () => void
}) {
  const { file, preview, fault, task } = state
  const [pasting, setPasting] = useState(false)
  const isOfFile = fault?.field === 'file' || fault?.field === 'reading'
  return (
    <div className="flex flex-col gap-4">
      <FileDrop
        file={file}
        fault={isOfFile ? fault : null}
        onRetry={() => file !== null && void session.choose(file, null)}
        onFile={(chosen) => {
          setPasting(false)
          void session.choose(chosen, null)
        }}
        onPaste={() => setPasting(true)}
      />
      {pasting ? (
        <PasteBox
          onText={(text) => {
            setPasting(false)
            void session.choose(new File([text], 'pasted.csv', { type: 'text/csv' }), null)
          }}
          onClose={() => setPasting(false)}
        />
      ) : null}
      {file !== null && (preview !== null || (fault !== null && !isOfFile)) ? (
        <FormatFields session={session} state={state} />
      ) : null}
      {preview !== null ? (
        <>
          <Card
            flush
            title={`First ${plural(preview.rows.length, 'row')}`}
            aside={
              <span className="text-text-3 text-xs">
                {plural(preview.headers.length, 'column')} · {preview.isExact ? '' : 'about '}
                {plural(preview.rowEstimate, 'row')}
              </span>
            }
          >
            <PreviewTable headers={preview.headers} rows={preview.rows} />
          </Card>
          <div className={stepActions}>
            <Button variant="primary" onClick={onNext} {...(fault === null ? {} : { disabledReason: fault.text })}>
              Map columns
            </Button>
          </div>
        </>
      ) : task?.type === 'preview' ? (
        <Skeleton className="h-64" />
      ) : null}
    </div>
  )
}

function FileDrop({
  file,
  fault,
  onRetry,
  onFile,
  onPaste,
}: {
  file: File | null
  fault: ImportState['fault']
  onRetry: () => void
  onFile: (file: File) => void
  onPaste: () => void
}) {
  const id = useId()
  const [isOver, setIsOver] = useState(false)
  return (
    <div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the input inside does the same by keyboard */}
      <div
        onDragOver={(event) => {
          event.preventDefault()
          setIsOver(true)
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setIsOver(false)
          const dropped = event.dataTransfer.files[0]
          if (dropped !== undefined) onFile(dropped)
        }}
        className={cx(
          'flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-dashed border-line-control bg-surface p-4',
          file === null && 'justify-center py-10',
          isOver && 'border-solid border-text bg-surface-2',
          fault !== null && 'border-bad-mark',
        )}
      >
        <FileUp aria-hidden className={cx('shrink-0 text-text-3', file === null ? 'size-6' : 'size-5')} />
        <div className={cx('min-w-0', file === null && 'max-sm:text-center')}>
          {file === null ? (
            <p className="font-medium">
              <span className="max-sm:hidden">Drop a CSV file here</span>
              <span className="sm:hidden">A CSV file from this device</span>
            </p>
          ) : (
            <p className="truncate font-medium font-mono text-sm">{file.name}</p>
          )}
          <p id={`${id}-note`} className="text-text-3 text-xs">
            {file === null
              ? 'It may be of any size: this browser reads it a piece at a time.'
              : file.size >= largeBytes
                ? `${formatBytes(file.size)}. It is read in pieces, so memory is no concern; each pass takes a while.`
                : formatBytes(file.size)}
          </p>
        </div>
        <div className={cx('flex flex-wrap gap-2', file !== null && 'sm:ml-auto')}>
          <label
            htmlFor={id}
            className="inline-flex h-8 cursor-pointer items-center rounded-md border border-line-2 bg-surface px-3 font-medium text-sm hover:bg-surface-2 has-focus-visible:outline-2 has-focus-visible:outline-focus max-sm:h-11"
          >
            {file === null ? 'Choose a file' : 'Choose another file'}
            <input
              id={id}
              type="file"
              accept=".csv,.tsv,.tab,.psv,.txt,text/csv,text/tab-separated-values,text/plain"
              aria-describedby={`${id}-note ${id}-fault`}
              className="sr-only"
              onChange={(event) => {
                const chosen = event.target.files?.[0]
                event.target.value = ''
                if (chosen !== undefined) onFile(chosen)
              }}
            />
          </label>
          <Button icon={<ClipboardPaste />} onClick={onPaste}>
            Paste text
          </Button>
        </div>
      </div>
      <p id={`${id}-fault`} role="alert" className="mt-1 text-bad text-sm empty:hidden">
        {fault?.text}
      </p>
      {fault?.field === 'reading' && file !== null ? (
        <Button size="sm" icon={<RotateCw />} className="mt-2" onClick={onRetry}>
          Retry
        </Button>
      ) : null}
    </div>
  )
}

function PasteBox({ onText, onClose }: { onText: (text: string) => void; onClose: () => void }) {
  const [text, setText] = useState('')
  return (
    <Card title="Paste rows">
      <div className="flex flex-col gap-3">
        <Field label="Text" hint="With or without a header; commas, semicolons, tabs or pipes between the fields.">
          {(wiring) => (
            <Textarea
              {...wiring}
              mono
              rows={8}
              autoFocus
              value={text}
              onChange={(event) => setText(event.target.value)}
              placeholder={'id,name\n1,Grete\n2,Emmy'}
            />
          )}
        </Field>
        <div className="flex flex-wrap items-center gap-2">
          <Button
            onClick={() => onText(text)}
            {...(text.trim() === '' ? { disabledReason: 'Paste some rows first.' } : {})}
          >
            Use this text
          </Button>
          <Button variant="ghost" onClick={onClose}>
            Close
          </Button>
        </div>
      </div>
    </Card>
  )
}

function FormatFields({ session, state }: { session: ImportSession; state: ImportState }) {
  const { preview, fault } = state
  const [wanted, setWanted] = useState<CsvFormat | null>(null)
  const format = wanted ?? preview?.format ?? { delimiter: ',', quote: '"', encoding: 'utf-8', hasHeader: true }
  const set = (change: Partial<CsvFormat>) => {
    const next = { ...format, ...change }
    setWanted(next)
    void session.reread(next)
  }
  const problem = (field: FaultField) =>
    fault?.field === field ? fault.text : preview?.warnings.find((warning) => warning.field === field)?.text
  return (
    <Card
      title="Format"
      aside={<span className="text-text-3 text-xs">{wanted === null ? 'as found in the file' : 'as you chose'}</span>}
    >
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label="Delimiter" error={problem('delimiter')}>
          {(wiring) => (
            <Select {...wiring} value={format.delimiter} onChange={(event) => set({ delimiter: event.target.value })}>
              {delimiters.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Quote">
          {(wiring) => (
            <Select {...wiring} value={format.quote} onChange={(event) => set({ quote: event.target.value })}>
              {quotes.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Encoding" error={problem('encoding')}>
          {(wiring) => (
            <Select {...wiring} value={format.encoding} onChange={(event) => set({ encoding: event.target.value })}>
              {encodings.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="sm:col-span-3">
          <Checkbox
            label="First row names the columns"
            checked={format.hasHeader}
            onChange={(event) => set({ hasHeader: event.target.checked })}
          />
          <p role="status" className="text-bad text-xs empty:hidden">
            {problem('header')}
          </p>
        </div>
      </div>
    </Card>
  )
}
