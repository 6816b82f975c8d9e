import { formatBytes, formatSpan } from '../../lib/format.ts'

/** A setting of a topic: what it means, and what a broker takes that was told nothing. */
export interface Setting {
  readonly name: string
  readonly description: string
  readonly fallback: string | number
  /** As people read it; the exact value stands beside it. */
  readonly read: (value: unknown) => string | null
}

const days = 86_400_000
const unlimited = (format: (value: number) => string) => (value: unknown) =>
  value === -1 ? 'no limit' : typeof value === 'number' ? format(value) : null

export const settings: readonly Setting[] = [
  {
    name: 'retentionMs',
    description: 'How long a message is kept at least. Whole segments go, so some stay longer.',
    fallback: 7 * days,
    read: unlimited(formatSpan),
  },
  {
    name: 'retentionBytes',
    description: 'What each partition keeps. The oldest segments go first.',
    fallback: -1,
    read: unlimited(formatBytes),
  },
  {
    name: 'segmentBytes',
    description: 'A segment file is closed at this size.',
    fallback: 134_217_728,
    read: unlimited(formatBytes),
  },
  {
    name: 'segmentMs',
    description: 'A segment file is closed at this age.',
    fallback: 7 * days,
    read: unlimited(formatSpan),
  },
  {
    name: 'flush',
    description:
      'always: a message is on disk before it is acknowledged. interval: soon after, and a power cut may take the last ones.',
    fallback: 'always',
    read: () => null,
  },
  {
    name: 'flushIntervalMs',
    description: 'How often a topic with flush interval is synced to disk.',
    fallback: 1_000,
    read: unlimited(formatSpan),
  },
  {
    name: 'minInsyncReplicas',
    description: 'Replicas that must have a message on disk before it is acknowledged.',
    fallback: 2,
    read: () => null,
  },
]

export interface ConfigRow {
  readonly name: string
  readonly value: string
  readonly readable: string | null
  readonly fallback: string | null
  readonly changed: boolean
  readonly description: string
}

/** The settings in effect, known ones in their order, others (of a newer broker) behind them. */
export function configRows(config: Readonly<Record<string, unknown>>): readonly ConfigRow[] {
  const known = settings
    .filter(({ name }) => name in config)
    .map(({ name, description, fallback, read }) => ({
      name,
      value: String(config[name]),
      readable: read(config[name]),
      fallback: read(fallback) ?? String(fallback),
      changed: config[name] !== fallback,
      description,
    }))
  const others = Object.entries(config)
    .filter(([name]) => !settings.some((setting) => setting.name === name))
    .map(([name, value]) => ({
      name,
      value: typeof value === 'string' ? value : JSON.stringify(value),
      readable: null,
      fallback: null,
      changed: false,
      description: 'A setting this console does not know.',
    }))
  return [...known, ...others]
}
