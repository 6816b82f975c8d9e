import { useId, useState } from 'react'
import { formatCount, isoTime, type Zone, zoneName } from '../../lib/format.ts'
import { readTime, timeText } from '../../lib/read-time.ts'
import { Button } from '../../ui/button.tsx'
import { useZone } from '../../ui/environment.tsx'
import { Checkbox, Input } from '../../ui/input.tsx'
import { Popover } from '../../ui/popover.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Select } from '../../ui/select.tsx'
import { TimeField } from '../../ui/time-field.tsx'

export type Seek = 'live' | 'newest' | 'oldest' | 'offset' | 'time'

export const newestChoices = [50, 200, 1_000, 5_000] as const
export const defaultNewest = 200

/** From where on messages are shown. */
export function SeekControls({
  seek,
  count,
  at,
  onSeek,
}: {
  seek: Seek
  count: number
  at: string | number | undefined
  onSeek: (next: { seek: Seek; n?: number | undefined; at?: string | number | undefined }) => void
}) {
  return (
    <>
      <Segmented<Seek>
        label="Show from"
        value={seek}
        options={[
          { value: 'live', label: 'Live', title: 'The newest, and what comes in' },
          { value: 'newest', label: 'Newest' },
          { value: 'oldest', label: 'Oldest' },
          { value: 'offset', label: 'Offset' },
          { value: 'time', label: 'Time' },
        ]}
        onChange={(next) => onSeek({ seek: next })}
      />
      {seek === 'newest' ? (
        <Select
          small
          aria-label="How many"
          value={String(count)}
          onChange={(event) => onSeek({ seek, n: Number(event.target.value) })}
        >
          {[...new Set([...newestChoices, count])]
            .toSorted((a, b) => a - b)
            .map((each) => (
              <option key={each} value={each}>
                {formatCount(each)}
              </option>
            ))}
        </Select>
      ) : seek === 'offset' ? (
        <OffsetField at={at} onAt={(next) => onSeek({ seek, at: next })} />
      ) : seek === 'time' ? (
        <TimeSeek at={at} onAt={(next) => onSeek({ seek, at: next })} />
      ) : null}
    </>
  )
}

/** What is typed, until the list begins elsewhere. The field stays the same one, and so keeps the focus. */
function useFieldText(at: string | number | undefined, atText: string): [string, (text: string) => void] {
  const [field, setField] = useState({ at, text: atText })
  if (field.at !== at) setField({ at, text: atText })
  return [field.text, (text) => setField({ at, text })]
}

function OffsetField({ at, onAt }: { at: string | number | undefined; onAt: (at: number) => void }) {
  const [text, setText] = useFieldText(at, typeof at === 'number' ? String(at) : '')
  const note = useId()
  const wrong = text !== '' && !/^\d{1,15}$/.test(text.trim())
  const go = () => {
    if (text !== '' && !wrong && Number(text) !== at) onAt(Number(text))
  }
  return (
    <form
      className="grid gap-y-1 max-sm:w-full"
      onSubmit={(event) => {
        event.preventDefault()
        go()
      }}
    >
      <div className="flex items-center gap-1.5">
        <Input
          aria-label="Offset in each partition"
          aria-invalid={wrong || undefined}
          aria-describedby={note}
          title="Of each partition, or the nearest it has"
          inputMode="numeric"
          mono
          placeholder="e.g. 1042"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="!h-7 !w-32 max-sm:!h-11 max-sm:!w-auto max-sm:grow"
        />
        <Button type="submit" size="sm">
          Go
        </Button>
      </div>
      <span id={note} role="status" className="text-bad text-xs empty:hidden">
        {wrong ? 'Give a whole number.' : null}
      </span>
    </form>
  )
}

const timeOf = (at: string | number | undefined, zone: Zone): string => {
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN
  return Number.isNaN(time) ? '' : timeText(time, zone)
}

/** What is typed, until the list begins elsewhere. In the other zone it is the same time, unless somebody is typing. */
function useTimeText(at: string | number | undefined, zone: Zone): [string, (text: string) => void] {
  const [field, setField] = useState({ at, zone, text: timeOf(at, zone) })
  if (field.at !== at || field.zone !== zone) {
    const isTyped = field.at === at && field.text !== timeOf(at, field.zone)
    setField({ at, zone, text: isTyped ? field.text : timeOf(at, zone) })
  }
  return [field.text, (text) => setField({ at, zone, text })]
}

function TimeSeek({ at, onAt }: { at: string | number | undefined; onAt: (at: string) => void }) {
  const zone = useZone()
  const [text, setText] = useTimeText(at, zone)
  const [tried, setTried] = useState(false)
  const go = (time: number) => {
    const iso = isoTime(time)
    if (iso !== undefined && iso !== at) onAt(iso)
  }
  return (
    <form
      className="max-sm:w-full"
      onSubmit={(event) => {
        event.preventDefault()
        const reading = readTime(text, zone)
        setTried(reading.kind !== 'time')
        if (reading.kind === 'time') go(reading.at)
      }}
    >
      <TimeField
        label="Time"
        small
        text={text}
        onText={(next) => {
          setTried(false)
          setText(next)
        }}
        tried={tried}
        beside={
          <>
            <span className="text-2xs text-text-3">{zoneName(zone)}</span>
            <Button type="submit" size="sm">
              Go
            </Button>
          </>
        }
        after={(
          [
            ['15 min', 900_000],
            ['1 h', 3_600_000],
            ['1 d', 86_400_000],
          ] as const
        ).map(([name, ms]) => (
          <Button
            key={name}
            size="sm"
            className="max-sm:grow max-sm:px-1.5!"
            onClick={() => {
              setTried(false)
              go(Date.now() - ms)
            }}
          >
            −{name}
          </Button>
        ))}
      />
    </form>
  )
}

/** All partitions, or those that are ticked. */
export function PartitionPicker({
  count,
  chosen,
  onChange,
}: {
  count: number
  chosen: readonly number[] | undefined
  onChange: (chosen: readonly number[] | undefined) => void
}) {
  const all = Array.from({ length: count }, (_, index) => index)
  const toggle = (partition: number) => {
    const before = chosen ?? []
    const next = before.includes(partition)
      ? before.filter((each) => each !== partition)
      : [...before, partition].toSorted((a, b) => a - b)
    onChange(next.length === 0 || next.length === count ? undefined : next)
  }
  const text =
    chosen === undefined
      ? 'All partitions'
      : chosen.length <= 4
        ? `Partition ${chosen.join(', ')}`
        : `${chosen.length} of ${count} partitions`
  return (
    <Popover trigger={<Button size="sm">{text}</Button>} title="Partitions">
      <Checkbox label="All" checked={chosen === undefined} onChange={() => onChange(undefined)} className="mb-1" />
      <div className="scroll-y grid max-h-72 border-t pt-1 grid-cols-[repeat(auto-fill,minmax(4.5rem,1fr))] overflow-y-auto">
        {all.map((partition) => (
          <Checkbox
            key={partition}
            label={<span className="font-mono text-xs">{partition}</span>}
            checked={chosen?.includes(partition) ?? false}
            onChange={() => toggle(partition)}
          />
        ))}
      </div>
    </Popover>
  )
}
