import { partitionForKey, utf8SizeBytes } from '@yak/protocol'
import { Plus, WandSparkles, X } from 'lucide-react'
import { useRef } from 'react'
import { formatBytes } from '../../lib/format.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { TextEditor } from '../../ui/text-editor.tsx'
import type { Draft, ValueKind } from './draft.ts'
import { formatValue, type ValueFault } from './value-check.ts'

const kinds = [
  { value: 'json', label: 'JSON' },
  { value: 'text', label: 'Text' },
  { value: 'none', label: 'No value', title: 'A record without a value: it deletes its key in a compacted topic.' },
] as const satisfies readonly { value: ValueKind; label: string; title?: string }[]

export function DraftForm({
  draft,
  filled,
  onChange,
  partitionCount,
  fault,
  valueNote,
}: {
  draft: Draft
  /** As it is sent: the key chooses the partition, the value has the size. */
  filled: Pick<Draft, 'key' | 'value'>
  onChange: (draft: Draft) => void
  /** Null: the topic is not known. */
  partitionCount: number | null
  fault: ValueFault | undefined
  /** Id of what is said below the value. */
  valueNote: string
}) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change })
  const { key, partition, kind, value, headers } = draft
  const isAdding = useRef(false)
  const kindBar = (
    <div className="mb-1 flex flex-wrap items-center justify-between gap-2">
      <Segmented label="Kind of value" value={kind} options={kinds} onChange={(next) => set({ kind: next })} />
      {kind === 'json' ? (
        <Button size="sm" variant="ghost" icon={<WandSparkles />} onClick={() => set({ value: formatValue(value) })}>
          Format
        </Button>
      ) : null}
    </div>
  )
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-[1fr_9rem]">
        <Field
          label="Key"
          hint={keyHint({ key: filled.key, partition }, partitionCount)}
          aside={
            <label className="inline-flex items-center gap-1.5 max-sm:-my-3 max-sm:min-h-11">
              <input
                type="checkbox"
                className="-my-0.5 size-3.5 accent-inverse"
                checked={key === null}
                onChange={(event) => set({ key: event.target.checked ? null : '' })}
              />
              No key
            </label>
          }
        >
          {(wiring) => (
            <Input
              {...wiring}
              mono
              value={key ?? ''}
              placeholder={key === null ? 'no key' : 'an empty key'}
              onChange={(event) => set({ key: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Partition"
          error={
            partition !== null && partitionCount !== null && partition >= partitionCount
              ? `There are only ${partitionCount}.`
              : undefined
          }
        >
          {(wiring) => (
            <Select
              {...wiring}
              value={partition ?? 'auto'}
              onChange={(event) =>
                set({ partition: event.target.value === 'auto' ? null : Number(event.target.value) })
              }
            >
              <option value="auto">Auto</option>
              {Array.from({ length: Math.max(partitionCount ?? 0, (partition ?? -1) + 1) }, (_, number) => (
                <option key={number} value={number}>
                  {number}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>

      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 font-medium text-text-2 text-xs">Headers</legend>
        {headers.map(([name, text], index) => (
          <div key={index} className="flex gap-2">
            <Input
              ref={(input) => {
                // One that was just added is where the typing goes on.
                if (input === null || !isAdding.current || index !== headers.length - 1) return
                isAdding.current = false
                input.focus()
              }}
              mono
              aria-label={`Name of header ${index + 1}`}
              placeholder="name"
              value={name}
              onChange={(event) => set({ headers: headers.with(index, [event.target.value, text]) })}
            />
            <Input
              mono
              aria-label={`Text of header ${index + 1}`}
              placeholder="text"
              value={text}
              onChange={(event) => set({ headers: headers.with(index, [name, event.target.value]) })}
            />
            <IconButton
              label={`Remove header ${index + 1}`}
              onClick={() => set({ headers: headers.toSpliced(index, 1) })}
            >
              <X />
            </IconButton>
          </div>
        ))}
        <div>
          <Button
            size="sm"
            variant="ghost"
            icon={<Plus />}
            className="-ml-2 max-sm:-ml-3"
            onClick={() => {
              isAdding.current = true
              set({ headers: [...headers, ['', '']] })
            }}
          >
            Add header
          </Button>
        </div>
      </fieldset>

      {/* The last of the fields: what is wrong with it stands beside the button that it stops. */}
      {kind === 'none' ? (
        <div className="flex flex-col gap-1">
          <p className="font-medium text-text-2 text-xs">Value</p>
          {kindBar}
          <p className="text-text-3 text-xs">
            The record has a key and no value. In a compacted topic it deletes the key; a reader sees null.
          </p>
        </div>
      ) : (
        <Field
          label="Value"
          error={fault?.text}
          noteId={valueNote}
          hint={kind === 'json' ? 'Valid JSON. Numbers keep every digit.' : 'Sent as it stands, in UTF-8.'}
          aside={`${formatBytes(utf8SizeBytes(filled.value))}${filled.value === value ? '' : ' filled in'}`}
        >
          {(wiring) => (
            <>
              {kindBar}
              <TextEditor {...wiring} value={value} faultLine={fault?.line} onChange={(text) => set({ value: text })} />
            </>
          )}
        </Field>
      )}
    </>
  )
}

function keyHint({ key, partition }: Pick<Draft, 'key' | 'partition'>, partitionCount: number | null): string {
  const what = key === null ? 'No key' : key === '' ? 'The empty key' : key.length > 24 ? 'This key' : key
  if (partition !== null) return `${what} → partition ${partition}, because you chose it`
  if (key === null) return `${what} → ${partitionCount === 1 ? 'partition 0' : 'each partition in turn'}`
  if (partitionCount === null) return 'The key decides the partition.'
  return `${what} → partition ${partitionForKey(key, partitionCount)}`
}
