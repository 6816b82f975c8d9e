import { useNavigate, useRouter } from '@tanstack/react-router'
import { Code, Copy, ExternalLink, Filter, Link2, MoreHorizontal, Route, Send } from 'lucide-react'
import type { ReactNode } from 'react'
import { usePeers } from '../../data/hooks.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { IconButton } from '../../ui/button.tsx'
import { copyText } from '../../ui/copy-button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { toast } from '../../ui/toast.tsx'
import { journeySearchOf } from './journey.ts'
import { resendProblem, resendSearch } from './resend.ts'
import { readSnippets } from './snippets.ts'

export interface MessageActions {
  readonly copyLink: (message: Message) => void
  readonly resend: (message: Message) => void
  /** `inRow`: not a tab stop of its own, since the list is one. */
  readonly menu: (message: Message, inRow?: boolean) => ReactNode
}

/** What can be done with one message, by key, in its row's menu and in its panel. */
export function useMessageActions(onFilter?: (filter: string) => void): MessageActions {
  const router = useRouter()
  const navigate = useNavigate()
  const { peers } = usePeers()
  const copy = (what: string, text: string) =>
    void copyText(text).then((done) => (done ? toast(`${what} copied.`) : toast('The browser did not copy it.', 'bad')))
  const linkOf = ({ topic, partition, offset }: Message) => {
    const { href } = router.buildLocation({
      to: '/topics/$topic/$partition/$offset',
      params: { topic, partition: String(partition), offset: String(offset) },
    })
    return new URL(router.history.createHref(href), location.href).href
  }
  const copyLink = (message: Message) => copy('Link', linkOf(message))
  const resend = (message: Message) => {
    const problem = resendProblem(message)
    if (problem === undefined) void navigate({ to: '/produce', search: resendSearch(message) })
    else toast(problem, 'bad')
  }
  const menu = (message: Message, inRow = false) => (
    <Menu
      trigger={
        <IconButton
          label={`Actions of ${message.partition}@${message.offset}`}
          tip={false}
          tabIndex={inRow ? -1 : 0}
          className="!size-7"
          onClick={(event) => event.stopPropagation()}
        >
          <MoreHorizontal />
        </IconButton>
      }
      entries={[
        {
          label: 'Open its page',
          icon: <ExternalLink />,
          onSelect: () =>
            void navigate({
              to: '/topics/$topic/$partition/$offset',
              params: {
                topic: message.topic,
                partition: String(message.partition),
                offset: String(message.offset),
              },
            }),
        },
        { label: 'Copy link', icon: <Link2 />, keys: 'c', onSelect: () => copyLink(message) },
        { label: 'Copy value', icon: <Copy />, onSelect: () => copy('Value', message.valueText) },
        ...readSnippets(
          message,
          peers.map(({ url }) => url),
        ).map(({ name, code }) => ({
          label: `Copy as ${name}`,
          icon: <Code />,
          onSelect: () => copy(name, code),
        })),
        null,
        ...(onFilter === undefined
          ? []
          : [
              {
                label: 'Only this key',
                icon: <Filter />,
                disabledReason: message.key === null ? 'It has no key.' : undefined,
                onSelect: () => onFilter(`key == ${JSON.stringify(message.key)}`),
              },
            ]),
        {
          label: 'Journey of this key',
          icon: <Route />,
          disabledReason: message.key === null ? 'It has no key.' : undefined,
          onSelect: () =>
            void navigate({
              to: '/topics/$topic/journey',
              params: { topic: message.topic },
              search: journeySearchOf(message) ?? {},
            }),
        },
        {
          label: 'Edit and send again',
          icon: <Send />,
          keys: 'r',
          disabledReason: resendProblem(message),
          onSelect: () => resend(message),
        },
      ]}
    />
  )
  return { copyLink, resend, menu }
}
