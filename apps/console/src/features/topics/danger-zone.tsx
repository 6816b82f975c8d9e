import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import { Eraser, Trash2 } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { useApi, useNoWriteReason } from '../../data/hooks.ts'
import { keys } from '../../data/queries.ts'
import { formatBytes, formatCount, plural } from '../../lib/format.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Field } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { topicRow } from './topic-rows.ts'
import { TypedNameDialog } from './typed-name-dialog.tsx'
import { useWriteUrl } from './use-write-url.ts'

/** What cannot be brought back. */
export function DangerZone({ topic }: { topic: TopicDescription }) {
  const [asked, setAsked] = useState<'purge' | 'delete' | null>(null)
  const onClose = () => setAsked(null)
  return (
    <Card title={<span className="text-bad">Danger zone</span>} className="border-bad-mark/40">
      <div className="flex flex-col gap-4">
        <Danger
          topic={topic}
          title="Purge the messages"
          action="Purge messages"
          icon={<Eraser />}
          onClick={() => setAsked('purge')}
        >
          All messages of the topic are deleted on all brokers and cannot be brought back. The topic and its settings
          stay, and offsets go on where they are.
        </Danger>
        <Danger
          topic={topic}
          title="Delete this topic"
          action="Delete topic"
          icon={<Trash2 />}
          onClick={() => setAsked('delete')}
        >
          Its messages are deleted on all brokers and cannot be brought back. Producers that may create topics make a
          new, empty one of the same name.
        </Danger>
      </div>
      <PurgeDialog topic={topic} open={asked === 'purge'} onClose={onClose} />
      <DeleteDialog topic={topic} open={asked === 'delete'} onClose={onClose} />
    </Card>
  )
}

interface DangerProps {
  readonly topic: TopicDescription
  readonly title: string
  readonly action: string
  readonly icon: ReactNode
  readonly onClick: () => void
  readonly children: ReactNode
}

function Danger({ topic, title, action, icon, onClick, children }: DangerProps) {
  const noWriteReason = useNoWriteReason()
  const reason = useId()
  const disabledReason = topic.name.startsWith('__') ? 'Topics that begin with __ belong to the broker.' : noWriteReason
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
      <div className="min-w-0 grow basis-80">
        <p className="font-medium">{title}</p>
        <p className="text-pretty text-text-2">{children}</p>
        <p id={reason} className="text-text-3 text-xs empty:hidden">
          {disabledReason}
        </p>
      </div>
      <Button variant="danger" icon={icon} disabledReason={disabledReason} reasonId={reason} onClick={onClick}>
        {action}
      </Button>
    </div>
  )
}

interface DialogProps {
  readonly topic: TopicDescription
  readonly open: boolean
  readonly onClose: () => void
}

function DeleteDialog({ topic, open, onClose }: DialogProps) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const target = useWriteUrl()
  const { messages, sizeBytes, partitions } = topicRow(topic)
  return (
    <TypedNameDialog
      topic={topic.name}
      open={open}
      onClose={onClose}
      verb="Delete"
      action="Delete topic"
      keep="Keep it"
      what={`topic ${topic.name}`}
      done="deleted"
      write={(signal) => api.json(`/topics/${encodeURIComponent(topic.name)}`, { method: 'DELETE', signal, ...target })}
      onDone={() => {
        void queries.invalidateQueries({ queryKey: keys.topics })
        toast(`Topic ${topic.name} is deleted.`)
        void navigate({ to: '/topics' })
      }}
    >
      <p className="text-pretty">
        {messages === 0
          ? 'It holds no message, and the'
          : messages === null
            ? 'Its messages in'
            : `About ${formatCount(messages)} messages in`}{' '}
        {plural(partitions, 'partition')}
        {sizeBytes === null ? '' : ` (${formatBytes(sizeBytes)})`} go on every broker. They cannot be brought back.
      </p>
    </TypedNameDialog>
  )
}

/** All partitions, or the index of one. */
type Purged = 'all' | `${number}`

function PurgeDialog({ topic, open, onClose }: DialogProps) {
  const api = useApi()
  const queries = useQueryClient()
  const target = useWriteUrl()
  const [purged, setPurged] = useState<Purged>('all')
  const asked = topic.partitions.filter(({ partition }) => purged === 'all' || String(partition) === purged)
  const { messages } = topicRow({ ...topic, partitions: asked })
  const path = `/topics/${encodeURIComponent(topic.name)}/records${purged === 'all' ? '' : `?partition=${purged}`}`
  const where = purged === 'all' ? topic.name : `partition ${purged} of ${topic.name}`
  return (
    <TypedNameDialog
      topic={topic.name}
      open={open}
      onClose={onClose}
      verb="Purge"
      action="Purge messages"
      keep="Keep them"
      what={`what is in ${where}`}
      done="deleted"
      write={(signal) => api.json(path, { method: 'DELETE', signal, ...target })}
      onDone={() => {
        void queries.invalidateQueries({ queryKey: keys.topics })
        toast(`The messages of ${where} are deleted.`)
        onClose()
      }}
    >
      {topic.partitions.length === 1 ? null : (
        <Field label="Where">
          {(wiring) => (
            <Select {...wiring} value={purged} onChange={(event) => setPurged(event.target.value as Purged)}>
              <option value="all">All {plural(topic.partitions.length, 'partition')}</option>
              {topic.partitions.map(({ partition }) => (
                <option key={partition} value={partition}>
                  Partition {partition}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <p className="text-pretty">
        {messages === 0
          ? 'There is no message now; what comes before you confirm goes'
          : messages === null
            ? 'All its messages go'
            : `About ${plural(messages, 'message goes', 'messages go')}`}{' '}
        on every broker, and cannot be brought back. New messages get the offsets that follow.
      </p>
    </TypedNameDialog>
  )
}
