import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { TopicDescription } from '@yak/protocol/schemas'
import { Trash2 } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { ApiError } from '../../data/api/api-error.ts'
import { useApi, useNoWriteReason } from '../../data/hooks.ts'
import { keys } from '../../data/queries.ts'
import { formatBytes, formatCount, plural } from '../../lib/format.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { toast } from '../../ui/toast.tsx'
import { patientWrite } from './patient-write.ts'
import { topicRow } from './topic-rows.ts'
import { useWriteUrl } from './use-write-url.ts'

/** Deleting takes every record on every broker, so the name has to be typed. */
export function DeleteTopic({ topic }: { topic: TopicDescription }) {
  const [open, setOpen] = useState(false)
  const noWriteReason = useNoWriteReason()
  const reason = useId()
  const disabledReason = topic.name.startsWith('__') ? 'Topics that begin with __ belong to the broker.' : noWriteReason
  return (
    <Card title={<span className="text-bad">Danger zone</span>} className="border-bad-mark/40">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
        <div className="min-w-0 grow">
          <p className="font-medium">Delete this topic</p>
          <p className="text-pretty text-text-2">
            Its messages are deleted on all brokers and cannot be brought back. Producers that may create topics make a
            new, empty one of the same name.
          </p>
          <p id={reason} className="text-text-3 text-xs empty:hidden">
            {disabledReason}
          </p>
        </div>
        <Button
          variant="danger"
          icon={<Trash2 />}
          disabledReason={disabledReason}
          reasonId={reason}
          onClick={() => setOpen(true)}
        >
          Delete topic
        </Button>
      </div>
      <DeleteDialog topic={topic} open={open} onClose={() => setOpen(false)} />
    </Card>
  )
}

function DeleteDialog({ topic, open, onClose }: { topic: TopicDescription; open: boolean; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const noWriteReason = useNoWriteReason()
  const target = useWriteUrl()
  const form = useId()
  const [typed, setTyped] = useState('')
  const [tried, setTried] = useState(false)
  const [state, setState] = useState<'idle' | 'sending' | 'waiting'>('idle')
  const [error, setError] = useState<unknown>(null)
  const { messages, sizeBytes, partitions } = topicRow(topic)
  const matches = typed === topic.name
  const unknown = error instanceof ApiError && error.outcome === 'unknown'

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!matches || state !== 'idle') return
    setState('sending')
    setError(null)
    try {
      await patientWrite(
        `delete topic ${topic.name}`,
        (signal) => api.json(`/topics/${encodeURIComponent(topic.name)}`, { method: 'DELETE', signal, ...target }),
        (waiting) => setState(waiting ? 'waiting' : 'sending'),
      )
      void queries.invalidateQueries({ queryKey: keys.topics })
      toast(`Topic ${topic.name} is deleted.`)
      void navigate({ to: '/topics' })
    } catch (failure) {
      setError(failure)
    } finally {
      setState('idle')
    }
  }

  return (
    <Dialog
      open={open}
      onClose={onClose}
      question
      title={
        <>
          Delete <span className="break-all font-mono">{topic.name}</span>
        </>
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            type="submit"
            form={form}
            variant="danger"
            icon={<Trash2 />}
            busy={state !== 'idle'}
            disabledReason={noWriteReason ?? (matches ? undefined : 'Type the name of the topic to delete it.')}
            reasonId={noWriteReason === undefined ? `${form}-name` : undefined}
          >
            {state === 'waiting' ? 'Waiting for a leader' : 'Delete topic'}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-pretty">
          {messages === 0
            ? 'It holds no message, and the'
            : messages === null
              ? 'Its messages in'
              : `About ${formatCount(messages)} messages in`}{' '}
          {plural(partitions, 'partition')}
          {sizeBytes === null ? '' : ` (${formatBytes(sizeBytes)})`} go on every broker. They cannot be brought back.
        </p>
        <Field
          label={
            <>
              Type <code className="break-all font-mono text-text">{topic.name}</code> to confirm
            </>
          }
          hint={matches ? undefined : 'Without it nothing is deleted.'}
          error={tried && !matches ? 'This is not the name of the topic.' : undefined}
          noteId={`${form}-name`}
        >
          {(wiring) => (
            <Input
              {...wiring}
              data-autofocus
              mono
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value)
                setTried(false)
              }}
            />
          )}
        </Field>
        {error === null ? null : (
          <ErrorPanel
            what={unknown ? `It is not known whether ${topic.name} was deleted` : `${topic.name} was not deleted`}
            error={error}
          />
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  )
}
