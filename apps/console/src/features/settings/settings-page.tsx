import { type ReactNode, useCallback, useEffect, useId, useState } from 'react'
import { useNow, usePreference } from '../../data/hooks.ts'
import {
  defaultPreferences,
  forgetEverything,
  type Preferences,
  preferences,
  setPreference,
} from '../../data/preferences.ts'
import { useStore } from '../../data/store.ts'
import { formatBytes, formatClock, formatCount, plural } from '../../lib/format.ts'
import { readColumns } from '../../lib/json/columns-text.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, Input } from '../../ui/input.tsx'
import { Page } from '../../ui/page.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { toast } from '../../ui/toast.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { readRingSize, ringSizeLimits } from './ring-size.ts'
import {
  forgetDatabases,
  type StoredEntries,
  type StoredItem,
  storedEntries,
  storedItems,
  storedWords,
} from './stored-items.ts'

/** How the console looks and behaves in this browser. Nothing here goes to a broker, except the token with each request. */
export function SettingsPage() {
  const all = useStore(preferences)
  return (
    <Page
      title="Settings"
      documentTitle="Settings"
      lead="Kept in this browser, for this address. Nobody else sees a change."
    >
      <div className="grid max-w-4xl gap-4">
        <Card title="Appearance" flush>
          <Row name="Theme" note="Auto follows the system.">
            <Choice name="theme" options={['auto', 'light', 'dark']} />
          </Row>
          <Row
            name="Time zone"
            note={
              <>
                Now it is {formatClock(Date.now(), all.zone, false)} {all.zone === 'utc' ? 'UTC' : 'local time'}.{' '}
                <span className="max-sm:hidden">Hover over a time to see both.</span> Files and links always say UTC.
              </>
            }
          >
            <Choice name="zone" options={['utc', 'local']} labels={{ utc: 'UTC', local: 'Local' }} />
          </Row>
          <Row name="Density" note="Compact rows show about a quarter more of a list.">
            <Choice name="density" options={['comfortable', 'compact']} />
          </Row>
          <Row name="Motion" note="Auto follows the system. Reduced: nothing slides or pulses, numbers still change.">
            <Choice name="motion" options={['auto', 'reduced']} />
          </Row>
        </Card>
        <Card title="Lists, keys and access" flush>
          <RingSize />
          <DefaultColumns />
          <Row
            name="Single-key shortcuts"
            note="Such as j, k and g o. Off helps when you speak to your computer. Press ? for all keys."
          >
            <Checkbox
              label="Use them"
              checked={all.singleKeys}
              onChange={(event) => setPreference('singleKeys', event.target.checked)}
            />
          </Row>
          <Row
            name="Access token"
            note="Sent with each request as a bearer token, to the brokers of this cluster only. Brokers of this version ask for none. It is stored as plain text here; empty sends none."
          >
            <Token />
          </Row>
        </Card>
        <Stored />
      </div>
    </Page>
  )
}

function Row({ name, note, children }: { name: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-b px-3 py-2.5 last:border-b-0">
      <div className="min-w-52 flex-1 max-sm:basis-full">
        <p className="font-medium">{name}</p>
        {note === undefined ? null : <p className="text-pretty text-text-3 text-xs">{note}</p>}
      </div>
      {children}
    </div>
  )
}

const choiceNames = { theme: 'Theme', zone: 'Time zone', density: 'Density', motion: 'Motion' } as const

function Choice<Name extends keyof typeof choiceNames>({
  name,
  options,
  labels,
}: {
  name: Name
  options: readonly Preferences[Name][]
  labels?: Readonly<Record<string, string>>
}) {
  const value = usePreference(name)
  return (
    <Segmented
      label={choiceNames[name]}
      value={value as string}
      options={options.map((option) => ({
        value: option as string,
        label: labels?.[option] ?? option[0]!.toUpperCase() + option.slice(1),
      }))}
      onChange={(next) => setPreference(name, next as Preferences[Name])}
    />
  )
}

/** Kept only once it is a number that works: half a number while typing is no setting. */
function RingSize() {
  const size = usePreference('ringSize')
  const [text, setText] = useState(String(size))
  const read = readRingSize(text)
  const noteId = useId()
  return (
    <Row
      name="Messages that a live list keeps"
      note={
        <span id={noteId} className={read.problem === null ? undefined : 'text-bad'} aria-live="polite">
          {read.problem ??
            `Of each subscription, and never more than ${formatBytes(33_554_432)}. The oldest go first, and the list says how many went. Default ${formatCount(defaultPreferences.ringSize)}.`}
        </span>
      }
    >
      <div className="w-24">
        <Input
          aria-label="Messages that a live list keeps"
          aria-describedby={noteId}
          aria-invalid={read.problem !== null || undefined}
          inputMode="numeric"
          value={text}
          mono
          onChange={(event) => {
            setText(event.target.value)
            const next = readRingSize(event.target.value)
            if (next.problem === null) setPreference('ringSize', next.size)
          }}
          onBlur={() => setText(String(preferences.get().ringSize))}
          max={ringSizeLimits.most}
        />
      </div>
    </Row>
  )
}

/** Kept only once all of it can be read. */
function DefaultColumns() {
  const kept = usePreference('columns')
  const [text, setText] = useState(kept)
  const { problem } = readColumns(text)
  const noteId = useId()
  return (
    <Row
      name="Columns that messages begin with"
      note={
        <span id={noteId} className={problem === null ? undefined : 'text-bad'} aria-live="polite">
          {problem ?? 'Fields of the value, with commas between. A list whose link names its own columns keeps those.'}
        </span>
      }
    >
      <div className="w-72 max-w-full">
        <Input
          aria-label="Columns that messages begin with"
          aria-describedby={noteId}
          aria-invalid={problem !== null || undefined}
          value={text}
          placeholder="e.g. status, user.id"
          mono
          onChange={(event) => {
            setText(event.target.value)
            if (readColumns(event.target.value).problem === null) setPreference('columns', event.target.value.trim())
          }}
        />
      </div>
    </Row>
  )
}

function Token() {
  const token = usePreference('token')
  const [shown, setShown] = useState(false)
  return (
    <div className="flex w-72 max-w-full gap-2">
      <Input
        aria-label="Token"
        type={shown ? 'text' : 'password'}
        autoComplete="off"
        mono
        value={token}
        placeholder="none"
        onChange={(event) => setPreference('token', event.target.value.trim())}
      />
      <Button onClick={() => setShown(!shown)}>{shown ? 'Hide' : 'Show'}</Button>
    </div>
  )
}

/** What lies in this browser, by name and size, and the way to be rid of it. */
function Stored() {
  const [items, setItems] = useState<readonly StoredItem[]>(storedItems)
  const now = useNow(1_000)
  // The console goes on storing while this page is open, and a browser does not tell the tab that did it.
  useEffect(() => setItems(storedItems()), [now])
  const [entries, setEntries] = useState<readonly StoredEntries[]>([])
  const [asking, setAsking] = useState(false)
  const read = useCallback(async () => {
    setItems(storedItems())
    setEntries(await storedEntries())
  }, [])
  useEffect(() => void read(), [read])
  const total = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const imports = entries.find(({ name }) => name === 'yak.imports/jobs')?.count ?? 0
  const isEmpty = items.length === 0 && entries.length === 0
  return (
    <Card
      title="Stored here"
      flush
      aside={
        isEmpty ? undefined : (
          <Button size="sm" variant="danger" onClick={() => setAsking(true)}>
            Forget everything here
          </Button>
        )
      }
      footer={
        isEmpty ? undefined : (
          <p className="text-2xs text-text-3">
            {plural(items.length, 'thing kept', 'things kept')}, {formatBytes(total)}
            {imports === 0 ? '' : `; ${plural(imports, 'import')} in the browser’s database`}.
          </p>
        )
      }
    >
      {isEmpty ? <p className="px-3 py-2.5 text-text-3 text-xs">Nothing is stored here.</p> : null}
      <ul aria-label="Stored here" className="divide-y">
        {items.map(({ name, sizeBytes }) => (
          <StoredRow key={name} name={name} amount={formatBytes(sizeBytes)} />
        ))}
        {entries.map(({ name, count }) => (
          <StoredRow key={name} name={name} amount={plural(count, 'entry', 'entries')} />
        ))}
      </ul>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        question
        title="Forget everything here?"
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Keep it</Button>
            <Button
              variant="danger"
              onClick={() => {
                setAsking(false)
                forgetEverything()
                void forgetDatabases()
                  .then(() => toast('This browser has forgotten what the console kept.'))
                  .catch(() => toast('The browser did not give up its imports.', 'bad'))
                  .finally(read)
              }}
            >
              Forget
            </Button>
          </>
        }
      >
        <p className="text-pretty">
          Preferences, drafts, templates, the history of what you sent,{' '}
          {imports === 0 ? '' : `${plural(imports, 'import')} with the rows that failed, `}and the list of brokers go
          from this browser. {imports === 0 ? '' : 'An import that is not finished cannot be resumed. '}Topics and
          messages are not touched. It cannot be undone.
        </p>
      </Dialog>
    </Card>
  )
}

function StoredRow({ name, amount }: { name: string; amount: string }) {
  return (
    <li className="flex min-h-8 items-center justify-between gap-4 px-3 py-1">
      <span className="truncate text-xs" title={name}>
        <VisibleText>{storedWords(name)}</VisibleText>
      </span>
      <span className="text-text-3 text-xs">{amount}</span>
    </li>
  )
}
