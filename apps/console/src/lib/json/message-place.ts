import type { SeenField } from '../filter/filter-suggestions.ts'
import type { Message } from './consume-text.ts'
import { nodeAt, plainOf, readJson, textOf } from './json-node.ts'
import { pathText } from './path-text.ts'

type Place = Pick<Message, 'partition' | 'offset'>

/** `2@1042`, as the URL has it. */
export function placeText({ partition, offset }: Place): string {
  return `${partition}@${offset}`
}

export function readPlace(text: string | undefined): Place | null {
  const [, partition, offsetText] = /^(\d{1,10})@(\d+)$/.exec(text ?? '') ?? []
  const offset = readOffset(offsetText ?? '')
  return offset === null ? null : { partition: Number(partition), offset: Number(offset) }
}

const maxOffset = 2n ** 63n - 1n

/** An offset of an address, with all its digits; null: it is none. */
export function readOffset(text: string): bigint | null {
  if (!/^\d{1,19}$/.test(text)) return null
  const offset = BigInt(text)
  return offset > maxOffset ? null : offset
}

const trees = new WeakMap<Message, ReturnType<typeof readJson>>()

/** What stands at a path of the value, as text: for a column. Empty when there is nothing. */
export function valueAt(message: Message, path: readonly (string | number)[]): string {
  if (message.encoding !== undefined) return ''
  let tree = trees.get(message)
  if (tree === undefined) trees.set(message, (tree = readJson(message.valueText)))
  if (tree.kind === 'fault') return ''
  const node = nodeAt(tree, path)
  if (node === undefined) return ''
  return node.kind === 'string' ? plainOf(message.valueText, node) : textOf(message.valueText, node)
}

const messagesLookedAt = 50
const longestValue = 65_536
const longestSample = 60
const samplesOfField = 8

/** The fields of the newest messages' values, to be offered as columns. */
export function seenPaths(messages: readonly Message[], atMost = 40): readonly string[] {
  const seen = new Set<string>()
  for (const message of messages.slice(-messagesLookedAt)) {
    if (message.encoding !== undefined) continue
    eachField(message.valueText, (path) => {
      if (seen.size < atMost) seen.add(pathText(path))
    })
  }
  return [...seen]
}

/** Keys, fields and headers of messages from all over the list with values they had, to be offered in the filter. */
export function seenFields(messages: readonly Message[], atMost = 60): readonly SeenField[] {
  const seen = new Map<string, Set<string>>([['key', new Set()]])
  const add = (path: string, sample: string) => {
    const samples = seen.get(path) ?? new Set()
    if (!seen.has(path) && seen.size >= atMost) return
    seen.set(path, samples)
    if (sample !== '' && sample.length <= longestSample && samples.size < samplesOfField) samples.add(sample)
  }
  const step = Math.max(1, Math.floor(messages.length / messagesLookedAt))
  const some = messages.filter((_, index) => (messages.length - 1 - index) % step === 0).slice(-messagesLookedAt)
  for (const { key, keyEncoding, valueText, encoding, headersText } of some) {
    if (key !== null && keyEncoding === undefined) add('key', JSON.stringify(key))
    if (encoding === undefined) eachField(valueText, (path, sample) => add(pathText(['value', ...path]), sample))
    if (headersText !== '{}') eachField(headersText, (path, sample) => add(pathText(['headers', ...path]), sample))
  }
  return [...seen].map(([path, samples]) => ({ path, samples: [...samples] }))
}

/** Each field of an object, also of those in it, that is no object itself. */
function eachField(text: string, take: (path: readonly string[], sample: string) => void): void {
  if (text.length > longestValue) return
  const tree = readJson(text)
  const walk = (node: Exclude<typeof tree, { kind: 'fault' }>, path: readonly string[]) => {
    if (node.kind !== 'object' || path.length > 4) return
    for (const { key, value } of node.entries) {
      if (value.kind === 'object') walk(value, [...path, key])
      else take([...path, key], value.kind === 'array' ? '' : textOf(text, value))
    }
  }
  if (tree.kind !== 'fault') walk(tree, [])
}
