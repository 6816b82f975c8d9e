import type { Message } from '../../lib/json/consume-text.ts'
import { nodeAt, plainOf, readJson, textOf } from '../../lib/json/json-node.ts'

type Place = Pick<Message, 'partition' | 'offset'>

/** `2@1042`, as the URL has it. */
export function placeText({ partition, offset }: Place): string {
  return `${partition}@${offset}`
}

export function readPlace(text: string | undefined): Place | null {
  const found = /^(\d{1,10})@(\d{1,16})$/.exec(text ?? '')
  return found === null ? null : { partition: Number(found[1]), offset: Number(found[2]) }
}

/** A path as people write it: `user.id`, `items[0].sku`, `["odd name"]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[A-Za-z_$][\w$-]*$/.test(step)
          ? `${index === 0 ? '' : '.'}${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('')
}

/** The steps of such a text; null when it is none. */
export function readPath(text: string): readonly (string | number)[] | null {
  const steps: (string | number)[] = []
  const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/y
  let at = 0
  while (at < text.length) {
    step.lastIndex = at
    const found = step.exec(text)
    if (found === null) return null
    const [whole, name, index, quoted] = found
    try {
      steps.push(name ?? (index === undefined ? (JSON.parse(quoted!) as string) : Number(index)))
    } catch {
      return null
    }
    at += whole.length
  }
  return steps.length === 0 ? null : steps
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

/** The fields of the first messages' values, to be offered as columns and in the filter. */
export function seenPaths(messages: readonly Message[], atMost = 40): readonly string[] {
  const seen = new Set<string>()
  for (const message of messages.slice(-50)) {
    if (message.encoding !== undefined || message.valueText.length > 65_536) continue
    const tree = readJson(message.valueText)
    const walk = (node: Exclude<typeof tree, { kind: 'fault' }>, path: readonly string[]) => {
      if (node.kind !== 'object' || path.length > 4) return
      for (const { key, value } of node.entries) {
        if (seen.size >= atMost) return
        if (value.kind === 'object') walk(value, [...path, key])
        else seen.add(pathText([...path, key]))
      }
    }
    if (tree.kind !== 'fault') walk(tree, [])
  }
  return [...seen]
}
