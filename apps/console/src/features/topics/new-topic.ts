import { LIMITS } from '@yak/protocol'

export interface NameRule {
  /** What stands between backticks is what would be typed. */
  readonly text: string
  /** `open`: nothing typed yet. */
  readonly state: 'open' | 'kept' | 'broken'
}

/** The rules of newTopicNameProblem one by one, to be seen while typing; that function stays the judge. */
export function nameRules(name: string, taken: boolean): readonly NameRule[] {
  const rule = (text: string, kept: boolean): NameRule => ({
    text,
    state: name === '' ? 'open' : kept ? 'kept' : 'broken',
  })
  const wrongAt = name.search(/[^a-zA-Z0-9._-]/)
  const letters = 'Letters a-z and A-Z, digits, `. _ -`'
  return [
    rule(wrongAt === -1 ? letters : `Character ${wrongAt + 1} is none of a-z A-Z 0-9 \`. _ -\``, wrongAt === -1),
    rule(`At most ${LIMITS.maxTopicNameLength} characters`, name.length <= LIMITS.maxTopicNameLength),
    rule('Not `.` or `..` and not begun with `__`', name !== '.' && name !== '..' && !name.startsWith('__')),
    rule('Not taken', !taken),
  ]
}

export function partitionsProblem(text: string): string | undefined {
  const value = Number(text)
  if (!/^\d+$/.test(text.trim()) || value < 1 || value > LIMITS.maxPartitionsPerTopic)
    return `Give a whole number from 1 to ${LIMITS.maxPartitionsPerTopic}.`
  return undefined
}

export const retentionChoices: readonly { readonly value: string; readonly label: string }[] = [
  { value: '', label: "The brokers' default" },
  { value: '3600000', label: '1 hour' },
  { value: '86400000', label: '1 day' },
  { value: '604800000', label: '7 days' },
  { value: '2592000000', label: '30 days' },
  { value: '-1', label: 'for ever' },
]
