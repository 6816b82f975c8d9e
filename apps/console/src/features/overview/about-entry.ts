import type { LinkProps } from '@tanstack/react-router'
import type { JournalEntry } from '../../data/live/frames.ts'

const onTimeline: ReadonlySet<string> = new Set([
  'leader-changed',
  'role-changed',
  'isr-changed',
  'heartbeat-missed',
  'lease-expired',
  'write-fenced',
  'coordinator-lost',
  'coordinator-back',
])

/** Where what an entry tells of can be looked at; the entry itself in the log when there is no better place. */
export function aboutEntry({ type, data, brokerId, seq }: JournalEntry): LinkProps {
  if (type === 'topic-created' && typeof data?.topic === 'string') {
    return { to: '/topics/$topic/messages', params: { topic: data.topic } }
  }
  if (onTimeline.has(type)) return { to: '/timeline' }
  if (['started', 'stopped', 'disk-full', 'disk-room', 'log-failed'].includes(type))
    return { to: '/brokers/$id', params: { id: brokerId } }
  return { to: '/log', search: { at: `${brokerId}:${seq}` } }
}
