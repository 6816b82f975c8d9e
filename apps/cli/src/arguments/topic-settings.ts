import { YakError } from '@yak/protocol'
import type { RequestIssue, TopicConfig } from '@yak/protocol/schemas'
import { UsageError } from './usage-error.ts'

/**
 * `--config NAME=VALUE …`: numbers as numbers, anything else as text. Throws `UsageError` for a setting that no topic has and a value
 * that it cannot have. How it goes with the other settings and the cluster is the broker's to say.
 */
export async function topicSettings(entries: readonly string[]): Promise<TopicConfig> {
  if (entries.length === 0) return {}
  // Loaded only here: no other command needs the schemas.
  const { parseRequest, topicConfigSchema } = await import('@yak/protocol/schemas')
  const known = Object.keys(topicConfigSchema.shape)
  const settings = new Map<string, string | number>()
  for (const entry of entries) {
    const equals = entry.indexOf('=')
    if (equals < 1) throw new UsageError(`--config is "${entry}". Give NAME=VALUE.`)
    const name = entry.slice(0, equals)
    const value = settingOf(entry.slice(equals + 1))
    if (!known.includes(name)) {
      throw new UsageError(`--config names "${name}". A topic has ${known.join(', ')}.`, { name, known, prefix: '' })
    }
    if (settings.has(name)) throw new UsageError(`--config names "${name}" twice. Give each setting once.`)
    try {
      parseRequest(topicConfigSchema, { [name]: value }, 'body')
    } catch (error) {
      if (!YakError.is(error)) throw error
      const [issue] = error.details.issues as [RequestIssue]
      throw new UsageError(`--config is "${entry}": ${issue.message}.`)
    }
    settings.set(name, value)
  }
  return Object.fromEntries(settings)
}

function settingOf(text: string): string | number {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : text
}
