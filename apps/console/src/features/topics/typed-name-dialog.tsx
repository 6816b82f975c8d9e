import { Trash2 } from 'lucide-react'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { ApiError } from '../../data/api/api-error.ts'
import { useNoWriteReason } from '../../data/hooks.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { patientWrite } from './patient-write.ts'

export interface TypedNameDialogProps {
  readonly topic: string
  readonly open: boolean
  readonly onClose: () => void
  /** `Delete` or `Purge`. */
  readonly verb: string
  /** What the button does, in its words. */
  readonly action: string
  /** What the button that leaves all as it is says. */
  readonly keep: string
  /** What the action takes, as the frame and an error name it: `topic orders`. */
  readonly what: string
  /** What becomes of it: `deleted`. */
  readonly done: string
  readonly write: (signal: AbortSignal) => Promise<unknown>
  readonly onDone: () => void
  /** What goes, and the choice of it. */
  readonly children: ReactNode
}

/** What cannot be brought back is asked for by typing the name of the topic. */
export function TypedNameDialog(props: TypedNameDialogProps) {
  const { topic, open, onClose, verb, action, keep, what, done, write, onDone, children } = props
  const noWriteReason = useNoWriteReason()
  const form = useId()
  const [typed, setTyped] = useState('')
  const [tried, setTried] = useState(false)
  const [state, setState] = useState<'idle' | 'sending' | 'waiting'>('idle')
  const [error, setError] = useState<unknown>(null)
  const matches = typed === topic
  const unknown = error instanceof ApiError && error.outcome === 'unknown'

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!matches || state !== 'idle') return
    setState('sending')
    setError(null)
    try {
      await patientWrite(`${verb.toLowerCase()} ${what}`, write, (waiting) => setState(waiting ? 'waiting' : 'sending'))
      setTyped('')
      setTried(false)
      onDone()
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
          {verb} <span className="break-all font-mono">{topic}</span>
        </>
      }
      footer={
        <>
          <Button onClick={onClose}>{keep}</Button>
          <Button
            type="submit"
            form={form}
            variant="danger"
            icon={<Trash2 />}
            busy={state !== 'idle'}
            disabledReason={
              noWriteReason ?? (matches ? undefined : `Type the name of the topic to ${verb.toLowerCase()} it.`)
            }
            reasonId={noWriteReason === undefined ? `${form}-name` : undefined}
          >
            {state === 'waiting' ? 'Waiting for a leader' : action}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {children}
        <Field
          label={
            <>
              Type <code className="break-all font-mono text-text">{topic}</code> to confirm
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
            what={unknown ? `It is not known whether ${what} was ${done}` : `${what} was not ${done}`}
            error={error}
          />
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  )
}
