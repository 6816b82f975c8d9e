import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { LIMITS } from '@yak/protocol'
import type { CreateTopicRequest, TopicDescription } from '@yak/protocol/schemas'
import { Check, X } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { ApiError } from '../../data/api/api-error.ts'
import { useApi, useCluster, useNoWriteReason, useTopics } from '../../data/hooks.ts'
import { keys } from '../../data/queries.ts'
import { plural } from '../../lib/format.ts'
import { newTopicNameProblem } from '../../lib/new-topic-name.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { toast } from '../../ui/toast.tsx'
import { nameRules, partitionsProblem, retentionChoices } from './new-topic.ts'
import { patientWrite } from './patient-write.ts'
import { useWriteUrl } from './use-write-url.ts'

/** A name, how many partitions, how long messages stay. The draft stays while the dialog is closed. */
export function CreateTopicDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const api = useApi()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const topics = useTopics()
  const snapshot = useCluster()
  const noWriteReason = useNoWriteReason()
  const form = useId()
  const target = useWriteUrl()
  const [name, setName] = useState('')
  const [partitions, setPartitions] = useState(String(LIMITS.defaultPartitions))
  const [retention, setRetention] = useState('')
  const [tried, setTried] = useState(false)
  const [state, setState] = useState<'idle' | 'sending' | 'waiting'>('idle')
  const [error, setError] = useState<unknown>(null)

  const taken = topics.some((topic) => topic.name === name)
  const refused = error instanceof ApiError ? error : null
  const nameError =
    newTopicNameProblem(name) ??
    (taken ? `There is a topic ${name} already.` : undefined) ??
    (refused?.code === 'TOPIC_ALREADY_EXISTS' || refused?.code === 'INVALID_TOPIC' ? refused.message : undefined)
  const rules = nameRules(name, taken)
  // The rules below the field say it already; a reader of screens is told when it is tried.
  const isRuleBroken = rules.some(({ state }) => state === 'broken')
  const partitionsError =
    partitionsProblem(partitions) ?? (refused?.code === 'INVALID_PARTITIONS' ? refused.message : undefined)
  const brokers = snapshot?.cluster.brokers.length ?? 0

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (nameError !== undefined || partitionsError !== undefined || state !== 'idle') {
      const wrong = nameError === undefined ? 'partitions' : 'name'
      document.getElementById(form)?.querySelector<HTMLElement>(`[name=${wrong}]`)?.focus()
      return
    }
    const body: CreateTopicRequest = {
      name,
      partitions: Number(partitions),
      ...(retention === '' ? {} : { config: { retentionMs: Number(retention) } }),
    }
    setState('sending')
    setError(null)
    try {
      await patientWrite(
        `create topic ${name}`,
        (signal) => api.json<TopicDescription>('/topics', { method: 'POST', body, signal, ...target }),
        (waiting) => setState(waiting ? 'waiting' : 'sending'),
      )
      void queries.invalidateQueries({ queryKey: keys.topics })
      toast(`Topic ${name} is there.`)
      setName('')
      setTried(false)
      // In place of the dialog's address: back leads to where it was opened, and not into it again.
      void navigate({ to: '/topics/$topic/messages', params: { topic: name }, replace: true })
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
      title="Create topic"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            busy={state !== 'idle'}
            disabledReason={noWriteReason === undefined ? undefined : `${noWriteReason} What you typed stays here.`}
          >
            {state === 'waiting' ? 'Waiting for a leader' : 'Create topic'}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field
          label="Name"
          error={!tried && !taken ? undefined : isRuleBroken ? <span className="sr-only">{nameError}</span> : nameError}
          aside={`${name.length} of ${LIMITS.maxTopicNameLength}`}
        >
          {(wiring) => (
            <Input
              {...wiring}
              name="name"
              data-autofocus
              mono
              value={name}
              placeholder="e.g. invoices"
              onChange={(event) => {
                setName(event.target.value)
                setError(null)
              }}
            />
          )}
        </Field>
        <ul className="-mt-3 grid gap-x-4 text-xs sm:grid-cols-2" aria-label="Rules for the name">
          {rules.map(({ text, state }, index) => (
            <li
              key={index}
              className={cx(
                'flex items-center gap-1.5 [&_svg]:size-3 [&_svg]:shrink-0',
                state === 'kept' ? 'text-ok' : state === 'broken' ? 'text-bad' : 'text-text-3',
              )}
            >
              {state === 'kept' ? (
                <Check role="img" aria-label="kept:" />
              ) : state === 'broken' ? (
                <X role="img" aria-label="broken:" />
              ) : (
                <span aria-hidden className="flex size-3 items-center justify-center">
                  ·
                </span>
              )}
              <span>
                {text.split('`').map((part, at) =>
                  at % 2 === 0 ? (
                    part
                  ) : (
                    <code key={at} className="whitespace-nowrap font-mono">
                      {part}
                    </code>
                  ),
                )}
              </span>
            </li>
          ))}
        </ul>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label="Partitions"
            hint="Cannot be changed later. More of them: more consumers side by side."
            error={partitionsError}
          >
            {(wiring) => (
              <Input
                {...wiring}
                name="partitions"
                inputMode="numeric"
                value={partitions}
                onChange={(event) => {
                  setPartitions(event.target.value)
                  setError(null)
                }}
              />
            )}
          </Field>
          <Field label="Keep messages" hint="At least this long: they go a file at a time.">
            {(wiring) => (
              <Select {...wiring} value={retention} onChange={(event) => setRetention(event.target.value)}>
                {retentionChoices.map(({ value, label }) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <p className="text-text-2 text-xs">
          {brokers === 0
            ? 'Every broker keeps a copy of each partition.'
            : `Each partition is kept by ${brokers === 1 ? 'the one broker there is' : `all ${plural(brokers, 'broker')}`}: in this cluster every broker is a replica of every partition.`}
        </p>
        {error === null || (nameError !== undefined && refused?.code !== undefined) ? null : (
          <ErrorPanel
            what={
              refused?.outcome === 'unknown'
                ? `It is not known whether ${name} was created`
                : `The topic ${name} was not created`
            }
            error={error}
          />
        )}
        {/* Enter in a field sends, also where the button stands outside the form. */}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  )
}
