import { useId, useState } from 'react'
import { useTopics } from '../../data/hooks.ts'
import { isoTime, type Zone } from '../../lib/format.ts'
import { newTopicNameProblem } from '../../lib/new-topic-name.ts'
import { readTime } from '../../lib/read-time.ts'
import { Button } from '../../ui/button.tsx'
import { Combobox } from '../../ui/combobox.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useZone } from '../../ui/environment.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { TimeField } from '../../ui/time-field.tsx'
import type { Card } from './card.ts'
import { filterProblem } from './card-filter.ts'

type StartKind = 'latest' | 'earliest' | 'offset' | 'time'

/** Null: what was typed is none. */
function startOf(kind: StartKind, typed: string, zone: Zone): string | number | null {
  if (kind === 'latest' || kind === 'earliest') return kind
  if (kind === 'offset') return /^\d{1,15}$/.test(typed.trim()) ? Number(typed) : null
  const reading = readTime(typed, zone)
  return reading.kind === 'time' ? (isoTime(reading.at) ?? null) : null
}

/** Topic, partition, where to begin and what to keep; `topic` is filled in from a link. */
export function AddSubscription({
  open,
  onClose,
  onAdd,
}: {
  open: boolean
  onClose: () => void
  onAdd: (card: Card) => void
}) {
  const form = useId()
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Subscribe"
      description="Viewing does not move any group’s offset."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={form} variant="primary">
            Subscribe
          </Button>
        </>
      }
    >
      {open ? <Form id={form} onAdd={onAdd} onClose={onClose} /> : null}
    </Dialog>
  )
}

function Form({ id, onAdd, onClose }: { id: string; onAdd: (card: Card) => void; onClose: () => void }) {
  const topics = useTopics()
  const [topic, setTopic] = useState('')
  const [partition, setPartition] = useState('')
  const [kind, setKind] = useState<StartKind>('latest')
  const [at, setAt] = useState('')
  const [filter, setFilter] = useState('')
  const [tried, setTried] = useState(false)
  const known = topics.find(({ name }) => name === topic)
  const zone = useZone()
  const start = startOf(kind, at, zone)
  const isNone = topic !== '' && known === undefined
  // What no topic can be called is told while it is typed, as everywhere.
  const brokenRule = isNone ? newTopicNameProblem(topic) : undefined
  const topicProblem = topic === '' ? 'Give a topic.' : isNone ? (brokenRule ?? `There is no topic ${topic}.`) : null
  const filterFault = filterProblem(filter)
  const submit = () => {
    setTried(true)
    if (topicProblem !== null || start === null || filterFault !== null) return
    onAdd({
      topic,
      partition: partition === '' ? null : Number(partition),
      start,
      filter: filter.trim(),
      paused: false,
    })
    onClose()
  }
  return (
    <form
      id={id}
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Field
        label="Topic"
        {...(topicProblem !== null && (tried || brokenRule !== undefined) ? { error: topicProblem } : {})}
      >
        {(wiring) => (
          <Combobox
            {...wiring}
            data-autofocus
            mono
            value={topic}
            onChange={(value) => {
              setTopic(value)
              setPartition('')
            }}
            options={topics.map(({ name }) => name)}
            placeholder="Name of a topic"
          />
        )}
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Partition">
          {(wiring) => (
            <Select {...wiring} value={partition} onChange={(event) => setPartition(event.target.value)}>
              <option value="">All{known === undefined ? '' : ` ${known.partitions.length}`}</option>
              {known?.partitions.map((each) => (
                <option key={each.partition} value={each.partition}>
                  {each.partition}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Where to begin">
          {(wiring) => (
            <Select {...wiring} value={kind} onChange={(event) => setKind(event.target.value as StartKind)}>
              <option value="latest">From now on</option>
              <option value="earliest">At the earliest</option>
              <option value="offset">At an offset</option>
              <option value="time">At a time</option>
            </Select>
          )}
        </Field>
      </div>
      {kind === 'offset' ? (
        <Field
          label="Offset"
          hint="Of each partition that is subscribed."
          {...(tried && start === null ? { error: 'Give a whole number from 0 on.' } : {})}
        >
          {(wiring) => (
            <Input
              {...wiring}
              mono
              inputMode="numeric"
              value={at}
              onChange={(event) => setAt(event.target.value)}
              placeholder="e.g. 1042"
            />
          )}
        </Field>
      ) : kind === 'time' ? (
        <TimeField
          label="Time"
          visibleLabel
          text={at}
          onText={setAt}
          tried={tried}
          hint="The first message at or after it. ISO 8601 and milliseconds since 1970 do too."
        />
      ) : null}
      <Field
        label="Filter"
        hint={
          'Text in key, value or headers, or an expression such as value.total > 10 && key == "a". Empty keeps all.'
        }
        {...(filterFault === null ? {} : { error: filterFault })}
      >
        {(wiring) => (
          <Input
            {...wiring}
            mono
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            placeholder="e.g. refund"
          />
        )}
      </Field>
      {/* Enter in a field sends, also where the button stands outside the form. */}
      <button type="submit" hidden aria-hidden tabIndex={-1} />
    </form>
  )
}
