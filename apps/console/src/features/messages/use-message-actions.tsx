import { useNavigate } from '@tanstack/react-router'
import { Code, Copy, ExternalLink, Filter, Link2, MoreHorizontal, Route, Send } from 'lucide-react'
import type { ReactNode } from 'react'
import { usePeers } from '../../data/hooks.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { resendProblem } from '../../lib/resend.ts'
import { IconButton } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'
import { copyAndSay, useMessageWays } from '../../ui/use-message-ways.ts'
import { journeySearchOf } from './journey.ts'
import { readSnippets } from './snippets.ts'

export interface MessageActions {
  readonly copyLink: (message: Message) => void
  readonly resend: (message: Message) => void
  /** `inRow`: not a tab stop of its own, since the list is one. */
  readonly menu: (message: Message, inRow?: boolean) => ReactNode
}

/** What can be done with one message, by key, in its row's menu and in its panel. */
export function useMessageActions(onFilter?: (filter: string) => void): MessageActions {
  const navigate = useNavigate()
  const { peers } = usePeers()
  const { copyLink, resend } = useMessageWays()
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
          label: 'Page of this message',
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
        { label: 'Copy value', icon: <Copy />, onSelect: () => copyAndSay('Value', message.valueText) },
        ...readSnippets(
          message,
          peers.map(({ url }) => url),
        ).map(({ name, code }) => ({
          label: `Copy as ${name}`,
          icon: <Code />,
          onSelect: () => copyAndSay(name, code),
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
