import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Clock, Download, FolderOpen, ListTree, Plus, Send, SunMoon } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { useNoWriteReason, useTopics } from '../../data/hooks.ts'
import { preferences, setPreference } from '../../data/preferences.ts'
import { cx } from '../../ui/cx.ts'
import { Kbd } from '../../ui/kbd.tsx'
import { useHalfRowEnd } from '../../ui/use-half-row-end.ts'
import { destinations } from '../destinations.ts'
import { bestLines, paletteScore } from './palette-score.ts'

/** Topics shown of those that fit; more would only be scrolled past. */
const maxTopics = 100
const subscribe = 'Subscribe to '

const itemClass =
  'flex min-h-8 cursor-default items-center gap-2.5 rounded-md px-2 text-sm data-[selected=true]:bg-surface-3 max-sm:min-h-11 [&_svg]:size-4 [&_svg]:text-text-3'
const groupClass =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-text-3'

export default function PaletteList({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const navigate = useNavigate()
  const topics = useTopics()
  const noWriteReason = useNoWriteReason()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const list = useRef<HTMLDivElement>(null)
  useHalfRowEnd(list, '[cmdk-item]')
  const shown = useMemo(() => {
    const names = topics.map(({ name }) => name)
    const lines = names.map((name) => subscribe + name)
    return { names: bestLines(names, typed, maxTopics), lines: bestLines(lines, typed, maxTopics) }
  }, [topics, typed])
  useEffect(() => {
    dialog.current?.showModal()
    // The browser gives the focus to the first thing that can have it, which is no field to type in.
    input.current?.focus()
  }, [])
  const run = (action: () => unknown) => () => {
    // Closed before it leaves the page, the browser gives the focus back to who had it.
    dialog.current?.close()
    onClose()
    void action()
  }
  const item = (label: string, icon: ReactNode, action: () => unknown, keys?: string, offReason?: string) => (
    <Command.Item
      key={label}
      value={label}
      // Not disabled: the list would pass over it, and nobody be told why.
      onSelect={offReason === undefined ? run(action) : () => {}}
      className={itemClass}
    >
      {icon}
      <span className={cx('grow truncate', offReason !== undefined && 'text-text-3')}>{label}</span>
      {offReason === undefined ? null : <span className="shrink-0 text-text-3 text-xs">{offReason}</span>}
      {keys === undefined ? null : (
        <span className="max-sm:hidden">
          <Kbd keys={keys} />
        </span>
      )}
    </Command.Item>
  )
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes too
    <dialog
      ref={dialog}
      aria-label="Go to or do"
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="mx-auto mt-[12vh] w-[min(36rem,calc(100vw-1.5rem))] rounded-lg border border-line-2 bg-surface p-0 text-text shadow-pop"
    >
      <Command label="Go to or do" loop filter={paletteScore}>
        <Command.Input
          ref={input}
          value={typed}
          onValueChange={setTyped}
          placeholder="Page, topic or action"
          className="h-11 w-full border-b bg-transparent px-4 text-base outline-none focus-visible:shadow-[inset_0_-2px_var(--focus)]"
        />
        <Command.List ref={list} className="scroll-y max-h-[min(28rem,60vh)] scroll-py-1.5 overflow-y-auto p-1.5">
          <Command.Empty className="px-2 py-6 text-center text-text-3">Nothing matches.</Command.Empty>
          <Command.Group heading="Go to" className={groupClass}>
            {destinations.map(({ to, label, icon: Icon, key }) =>
              item(label, <Icon aria-hidden />, () => navigate({ to }), `g ${key}`),
            )}
          </Command.Group>
          <Command.Group heading="Do" className={groupClass}>
            {item(
              'Create a topic',
              <Plus aria-hidden />,
              () => navigate({ to: '/topics', search: { create: true } }),
              undefined,
              noWriteReason,
            )}
            {item('Import a CSV file', <Send aria-hidden />, () => navigate({ to: '/produce/csv' }))}
            {item('Open a snapshot', <FolderOpen aria-hidden />, () =>
              navigate({ to: '/timeline', search: { open: true } }),
            )}
            {item('Switch theme', <SunMoon aria-hidden />, () =>
              setPreference('theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'),
            )}
            {item('Switch between UTC and local time', <Clock aria-hidden />, () =>
              setPreference('zone', preferences.get().zone === 'utc' ? 'local' : 'utc'),
            )}
          </Command.Group>
          {topics.length === 0 ? null : (
            <Command.Group heading="Topics" className={groupClass}>
              {shown.names.map((name) =>
                item(name, <ListTree aria-hidden />, () =>
                  navigate({ to: '/topics/$topic/messages', params: { topic: name } }),
                ),
              )}
              {shown.lines.map((line) =>
                item(line, <Download aria-hidden />, () =>
                  navigate({ to: '/consume', search: { s: [line.slice(subscribe.length)] } }),
                ),
              )}
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </dialog>
  )
}
