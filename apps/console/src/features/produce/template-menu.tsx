import { BookmarkPlus, LayoutTemplate, Trash2 } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { useStore } from '../../data/store.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input } from '../../ui/input.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import type { Draft } from './draft.ts'
import { removeTemplate, saveTemplate, type Template, templateNameProblem, templates } from './templates.ts'

/** Messages to begin with: keep this one, take up one that was kept. */
export function TemplateMenu({
  topic,
  draft,
  onUse,
}: {
  topic: string
  draft: Draft
  onUse: (template: Template) => void
}) {
  const known = useStore(templates)
  const [open, setOpen] = useState(false)
  /** For those who do not see the list change. */
  const [done, setDone] = useState('')
  return (
    <>
      <Button size="sm" variant="ghost" icon={<LayoutTemplate />} className="-mr-2" onClick={() => setOpen(true)}>
        Templates{known.length === 0 ? '' : ` ${known.length}`}
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="Templates"
        description="A message to begin with: topic, key, partition, value and headers, kept in this browser. What stands in double braces is filled in when it is sent."
      >
        <div className="flex flex-col gap-4">
          <SaveForm topic={topic} draft={draft} known={known} onDone={setDone} />
          <p role="status" className="sr-only">
            {done}
          </p>
          {known.length === 0 ? (
            <p className="text-text-2 text-xs">Nothing is kept yet.</p>
          ) : (
            <ul aria-label="Kept templates" className="divide-y rounded-md border">
              {known.map((template) => (
                <li key={template.name} className="flex items-center gap-2 py-1 pr-1 pl-3">
                  <div className="min-w-0 grow">
                    <p className="truncate font-medium">
                      <VisibleText>{template.name}</VisibleText>
                    </p>
                    <p className="truncate font-mono text-text-3 text-xs">
                      <VisibleText>{summary(template)}</VisibleText>
                    </p>
                  </div>
                  <Button
                    size="sm"
                    aria-label={`Use ${template.name}`}
                    onClick={() => {
                      onUse(template)
                      setOpen(false)
                    }}
                  >
                    Use
                  </Button>
                  <IconButton
                    label={`Delete ${template.name}`}
                    className="!size-7"
                    onClick={() => {
                      removeTemplate(template.name)
                      setDone(`${template.name} is deleted.`)
                    }}
                  >
                    <Trash2 />
                  </IconButton>
                </li>
              ))}
            </ul>
          )}
        </div>
      </Dialog>
    </>
  )
}

function SaveForm({
  topic,
  draft,
  known,
  onDone,
}: {
  topic: string
  draft: Draft
  known: readonly Template[]
  onDone: (said: string) => void
}) {
  const id = useId()
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const given = name.trim()
  const problem = templateNameProblem(given, known)
  const replaces = known.some((each) => each.name === given)
  const save = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (problem !== undefined) {
      document.getElementById(id)?.querySelector('input')?.focus()
      return
    }
    saveTemplate({ name: given, topic, draft })
    onDone(`${given} is kept.`)
    setName('')
    setTried(false)
  }
  return (
    <form id={id} noValidate onSubmit={save} className="flex items-start gap-2">
      <Field
        label="Keep this message as"
        className="min-w-0 grow"
        error={tried ? problem : undefined}
        hint={replaces ? 'It takes the place of the one of this name.' : undefined}
      >
        {(wiring) => (
          <Input
            {...wiring}
            data-autofocus
            value={name}
            placeholder="new order"
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" icon={<BookmarkPlus />} className="mt-5.5">
        Keep
      </Button>
    </form>
  )
}

function summary({ topic, draft }: Template): string {
  const value = draft.kind === 'none' ? 'no value' : draft.value.replace(/\s+/g, ' ')
  return [topic, draft.key, value].filter((part) => part !== null && part !== '').join(' · ')
}
