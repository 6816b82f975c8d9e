import type { JsonNode } from './json-node.ts'
import type { JsonPath } from './json-search.ts'

/** What stands on one line of a JSON text that is drawn as a tree. */
export type JsonLine = {
  readonly depth: number
  /** Of the value, or of the branch that the line belongs to. */
  readonly path: JsonPath
} & (
  | {
      /** `empty`: a branch with nothing in it. `open` and `folded`: the first line of one, and its only one. */
      readonly kind: 'scalar' | 'empty' | 'open' | 'folded'
      readonly node: JsonNode
      /** Of a field. */
      readonly name: string | undefined
      /** No comma follows. */
      readonly last: boolean
    }
  | { readonly kind: 'end'; readonly node: JsonNode; readonly last: boolean }
  /** `hidden` more of the branch's children are to be had. */
  | { readonly kind: 'more'; readonly node: JsonNode; readonly hidden: number }
)

/** How much of a tree is drawn; a branch is known by where it begins in the text. */
export interface JsonFolds {
  /** Those that somebody opened or folded; the others are open above `openDepth`. */
  readonly open: ReadonlyMap<number, boolean>
  readonly openDepth: number
  /** How many children of a branch are drawn, where it is another number than at first. */
  readonly limits: ReadonlyMap<number, number>
}

/** Children that are drawn at first; a list of a hundred thousand must not stop the page. */
export const childrenAtFirst = 200

/** The lines of a tree from top to bottom, without those that are folded away. */
export function jsonLines(root: JsonNode, { open, openDepth, limits }: JsonFolds): readonly JsonLine[] {
  const lines: JsonLine[] = []
  const add = (node: JsonNode, name: string | undefined, path: JsonPath, last: boolean) => {
    const depth = path.length
    const count = childCount(node)
    if (count === null || count === 0) {
      lines.push({ kind: count === null ? 'scalar' : 'empty', node, name, path, depth, last })
      return
    }
    if (!(open.get(node.start) ?? depth < openDepth)) {
      lines.push({ kind: 'folded', node, name, path, depth, last })
      return
    }
    lines.push({ kind: 'open', node, name, path, depth, last })
    const shown = Math.min(count, limits.get(node.start) ?? childrenAtFirst)
    if (node.kind === 'object')
      for (let index = 0; index < shown; index++) {
        const { key, value } = node.entries[index]!
        add(value, key, [...path, key], index === count - 1)
      }
    if (node.kind === 'array')
      for (let index = 0; index < shown; index++)
        add(node.items[index]!, undefined, [...path, index], index === count - 1)
    if (shown < count) lines.push({ kind: 'more', node, path, depth: depth + 1, hidden: count - shown })
    lines.push({ kind: 'end', node, path, depth, last })
  }
  add(root, undefined, [], true)
  return lines
}

/** Of a branch how much is in it; null: it is none. */
export function childCount(node: JsonNode): number | null {
  return node.kind === 'object' ? node.entries.length : node.kind === 'array' ? node.items.length : null
}

/** The same folds with everything open that a place is in, and drawn as far as it. */
export function unfoldedTo(root: JsonNode, path: JsonPath, folds: JsonFolds): JsonFolds {
  const open = new Map(folds.open)
  const limits = new Map(folds.limits)
  let node: JsonNode | undefined = root
  for (const step of path) {
    if (node === undefined) break
    // The last of equal names is the one that a path means.
    const index: number = node.kind === 'object' ? node.entries.findLastIndex(({ key }) => key === step) : Number(step)
    open.set(node.start, true)
    limits.set(node.start, Math.max(limits.get(node.start) ?? childrenAtFirst, index + 1))
    node = node.kind === 'object' ? node.entries[index]?.value : node.kind === 'array' ? node.items[index] : undefined
  }
  return { ...folds, open, limits }
}
