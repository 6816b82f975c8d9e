import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTopics } from '../data/hooks.ts'
import { cx } from '../ui/cx.ts'
import { Input } from '../ui/input.tsx'
import { Page } from '../ui/page.tsx'
import { destinations } from './destinations.ts'

const rowClass = 'flex min-h-9 items-center break-all px-3 py-1 hover:bg-surface-2 max-sm:min-h-11'

/** Nothing is at this address: a search over what there is. */
export function NotFoundPage() {
  const [text, setText] = useState('')
  const topics = useTopics()
  const matches = (name: string) => name.toLowerCase().includes(text.trim().toLowerCase())
  const found = topics.filter(({ name }) => matches(name)).slice(0, 12)
  return (
    <Page title="Nothing is here" documentTitle="Not found">
      <p className="text-text-2">
        No page of the console has the address <code className="break-all font-mono text-xs">{location.pathname}</code>.
      </p>
      <div className="flex max-w-xl flex-col gap-3">
        <Input
          aria-label="Search pages and topics"
          placeholder="Search pages and topics"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <ul className="divide-y rounded-lg border bg-surface">
          {destinations
            .filter(({ label }) => matches(label))
            .map(({ to, label }) => (
              <li key={to}>
                <Link to={to} className={rowClass}>
                  {label}
                </Link>
              </li>
            ))}
          {found.map(({ name }) => (
            <li key={name}>
              <Link to="/topics/$topic/messages" params={{ topic: name }} className={cx(rowClass, 'font-mono text-xs')}>
                {name}
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </Page>
  )
}
