import { getRouteApi, Link } from '@tanstack/react-router'
import { FileSpreadsheet, Send } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { useOnline, useTopic, useTopics } from '../../data/hooks.ts'
import { readStorage, writeStorage } from '../../data/preferences.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Kbd } from '../../ui/kbd.tsx'
import { Page } from '../../ui/page.tsx'
import { useKeys } from '../../ui/use-keys.ts'
import { type Draft, draftOf, emptyDraft, prefilled, searchText } from './draft.ts'
import { DraftForm } from './draft-form.tsx'
import { Draws, draftHasPlaceholders, fillDraft } from './filled-draft.ts'
import { FilledPreview } from './filled-preview.tsx'
import type { Sent } from './produce-history.ts'
import { RepeatPanel } from './repeat-panel.tsx'
import { SentList } from './sent-list.tsx'
import { TemplateMenu } from './template-menu.tsx'
import { noteRecentTopic, recentTopics, TopicField } from './topic-field.tsx'
import { useRepeat } from './use-repeat.ts'
import { randomUuid, useSender } from './use-sender.ts'
import { formatValue, valueFault } from './value-check.ts'

const route = getRouteApi('/produce')
const draftKey = (topic: string) => `yak.draft.${topic}`
const newDraws = () => new Draws({ random: Math.random, uuid: randomUuid })
const storedDraft = (topic: string): Draft => draftOf(readStorage(draftKey(topic))) ?? emptyDraft

export function ProducePage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const name = search.topic ?? recentTopics()[0] ?? ''
  const topic = useTopic(name)
  const online = useOnline()
  const sender = useSender()
  const repeat = useRepeat(sender.producer)
  const [draft, setDraft] = useState(() => storedDraft(name))
  const draftOfTopic = useRef(name)
  const [ahead, setAhead] = useState(() => ({ index: 1, draws: newDraws() }))
  const fill = (nowMs: number) => fillDraft(draft, { index: ahead.index, nowMs, ...ahead.draws.fromTheFirst() })

  // What the URL asked for is in the form now; left there, it would undo what is typed at the next visit.
  useEffect(() => {
    const { partition, kind, asTyped } = search
    const key = searchText(search.key, 'key', location.search)
    const value = searchText(search.value, 'value', location.search)
    const headers = searchText(search.headers, 'headers', location.search)
    if (key === undefined && value === undefined && partition === undefined) return
    setDraft((before) => prefilled(before, { key, value, kind, headers, partition, asTyped }))
    void navigate({ search: (before) => ({ topic: before.topic }), replace: true })
  }, [search, navigate])

  const change = (next: Draft) => {
    setDraft(next)
    writeStorage(draftKey(name), next)
  }
  const choose = (chosen: string) => {
    // A draft belongs to its topic; what was typed before any topic was chosen goes along.
    if (draftOfTopic.current !== '' && draftOf(readStorage(draftKey(chosen))) !== undefined) {
      setDraft(storedDraft(chosen))
    }
    draftOfTopic.current = chosen
    void navigate({ search: { topic: chosen === '' ? undefined : chosen }, replace: true })
  }

  const valueNote = useId()
  const partitionCount = topic === null || topic === undefined ? null : topic.partitions.length
  const holdsPlaceholders = draftHasPlaceholders(draft)
  const filled = fill(Date.now())
  const plainFault = valueFault(filled)
  const fault =
    plainFault !== undefined && filled.value !== draft.value
      ? { ...plainFault, text: `Filled in: ${plainFault.text}` }
      : plainFault
  const isOutOfRange = partitionCount !== null && draft.partition !== null && draft.partition >= partitionCount
  const hasTopics = useTopics().length > 0
  const disabledReason =
    name === ''
      ? hasTopics
        ? 'Choose a topic first.'
        : 'Name a topic first.'
      : topic === null
        ? 'The cluster is not known yet.'
        : topic === undefined
          ? `There is no topic ${name} yet. Create it first.`
          : isOutOfRange
            ? `${name} has partitions 0 to ${(partitionCount ?? 1) - 1}.`
            : (fault?.text ?? (draft.headers.some(([header]) => header === '') ? 'Name each header.' : undefined))

  const send = () => {
    if (disabledReason !== undefined || topic === null || topic === undefined) return
    noteRecentTopic(name)
    sender.send(topic, fill(Date.now()))
    if (holdsPlaceholders) setAhead(({ index }) => ({ index: index + 1, draws: newDraws() }))
  }
  const again = (sent: Sent) => {
    if (sent.topic === name && topic) sender.send(topic, sent.draft)
    else edit(sent)
  }
  const edit = (sent: Pick<Sent, 'topic' | 'draft'>) => {
    writeStorage(draftKey(sent.topic), sent.draft)
    setDraft(sent.draft)
    draftOfTopic.current = sent.topic
    void navigate({ search: { topic: sent.topic === '' ? undefined : sent.topic }, replace: true })
    document.querySelector('h1')?.focus()
  }
  useKeys({
    'mod+Enter': send,
    'mod+F': (event) => {
      if (event.shiftKey) change({ ...draft, value: formatValue(draft.value) })
    },
  })

  return (
    <Page
      title="Produce"
      documentTitle={name === '' ? 'Produce' : `Produce to ${name}`}
      aside={
        <Link to="/produce/csv" search={{ topic: name === '' ? undefined : name }} className={buttonClass()}>
          <FileSpreadsheet /> Import CSV
        </Link>
      }
    >
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title="Message" aside={<TemplateMenu topic={name} draft={draft} onUse={edit} />}>
          <form
            className="flex flex-col gap-3"
            onSubmit={(event) => {
              event.preventDefault()
              send()
            }}
          >
            <TopicField value={name} onChange={choose} topic={topic} />
            <DraftForm
              draft={draft}
              filled={filled}
              onChange={change}
              partitionCount={partitionCount}
              fault={fault}
              valueNote={valueNote}
            />
            {holdsPlaceholders ? (
              <FilledPreview draft={draft} fill={fill} onAsTyped={(asTyped) => change({ ...draft, asTyped })} />
            ) : null}
            <div className="flex flex-wrap items-center gap-3 max-sm:[&>[data-reason]]:basis-full">
              <Button
                variant="primary"
                className="max-sm:grow"
                icon={<Send />}
                disabledReason={disabledReason}
                // What is wrong with the value stands below it.
                reasonId={disabledReason === fault?.text ? valueNote : undefined}
                onClick={send}
              >
                Send
              </Button>
              <span className="max-sm:hidden">
                <Kbd keys="mod Enter" />
              </span>
              {disabledReason !== undefined || online ? null : (
                <span className="text-text-2 text-xs">No broker answers. What you send waits, and is sent once.</span>
              )}
            </div>
            <RepeatPanel
              repeat={repeat}
              topic={name}
              disabledReason={topic ? undefined : 'Choose a topic that exists.'}
              onStart={(pace) => {
                if (topic) repeat.start(topic, draft, pace)
              }}
            />
          </form>
        </Card>
        <SentList onResend={again} onEdit={edit} onFindOut={sender.findOut} onCancel={({ id }) => sender.cancel(id)} />
      </div>
    </Page>
  )
}
