import { type JsonNode, plainOf, readJson, textOf } from './json-node.ts'

/** One place where two values differ; the texts are as they were sent. */
export interface JsonChange {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly path: readonly (string | number)[]
  /** Left out for what was added. */
  readonly before?: string
  /** Left out for what was removed. */
  readonly after?: string
}

export interface JsonDiff {
  readonly changes: readonly JsonChange[]
  /** There are more than were asked for. */
  readonly cut: boolean
}

/** Two values of this length at most are compared. */
const maxLength = 262_144

/**
 * What changed from one JSON text to another, field by field. White space and the order of an object's fields mean nothing;
 * numbers are compared digit for digit, so 1.0 and 1 differ. Lists are compared from both ends, and what lies between in pairs.
 * Null: one of them is no JSON, or too long.
 */
export function diffJson(before: string, after: string, most = 100): JsonDiff | null {
  if (before.length > maxLength || after.length > maxLength) return null
  const [a, b] = [readJson(before), readJson(after)]
  if (a.kind === 'fault' || b.kind === 'fault') return null
  const comparison = new Comparison(before, after, most)
  comparison.compare(a, b, [])
  return { changes: comparison.changes, cut: comparison.cut }
}

class Comparison {
  readonly changes: JsonChange[] = []
  cut = false
  readonly #before: string
  readonly #after: string
  readonly #most: number

  constructor(before: string, after: string, most: number) {
    this.#before = before
    this.#after = after
    this.#most = most
  }

  compare(a: JsonNode, b: JsonNode, path: readonly (string | number)[]): void {
    if (this.cut) return
    if (a.kind === 'object' && b.kind === 'object') this.#fields(fieldsOf(a), fieldsOf(b), path)
    else if (a.kind === 'array' && b.kind === 'array') this.#items(a.items, b.items, path)
    else if (!this.#same(a, b))
      this.#add({ kind: 'changed', path, before: textOf(this.#before, a), after: textOf(this.#after, b) })
  }

  #fields(
    a: ReadonlyMap<string, JsonNode>,
    b: ReadonlyMap<string, JsonNode>,
    path: readonly (string | number)[],
  ): void {
    for (const [key, node] of a) {
      const other = b.get(key)
      if (other === undefined) this.#add({ kind: 'removed', path: [...path, key], before: textOf(this.#before, node) })
      else this.compare(node, other, [...path, key])
    }
    for (const [key, node] of b)
      if (!a.has(key)) this.#add({ kind: 'added', path: [...path, key], after: textOf(this.#after, node) })
  }

  #items(a: readonly JsonNode[], b: readonly JsonNode[], path: readonly (string | number)[]): void {
    let start = 0
    while (start < Math.min(a.length, b.length) && this.#same(a[start]!, b[start]!)) start++
    let [aEnd, bEnd] = [a.length, b.length]
    while (aEnd > start && bEnd > start && this.#same(a[aEnd - 1]!, b[bEnd - 1]!)) {
      aEnd--
      bEnd--
    }
    for (let at = start; at < Math.max(aEnd, bEnd); at++) {
      const [left, right] = [at < aEnd ? a[at] : undefined, at < bEnd ? b[at] : undefined]
      if (left !== undefined && right !== undefined) this.compare(left, right, [...path, at])
      else if (left !== undefined)
        this.#add({ kind: 'removed', path: [...path, at], before: textOf(this.#before, left) })
      else this.#add({ kind: 'added', path: [...path, at], after: textOf(this.#after, right!) })
    }
  }

  #same(a: JsonNode, b: JsonNode): boolean {
    if (a.kind !== b.kind) return false
    if (a.kind === 'object' && b.kind === 'object') {
      const [left, right] = [fieldsOf(a), fieldsOf(b)]
      if (left.size !== right.size) return false
      for (const [key, node] of left) {
        const other = right.get(key)
        if (other === undefined || !this.#same(node, other)) return false
      }
      return true
    }
    if (a.kind === 'array' && b.kind === 'array')
      return a.items.length === b.items.length && a.items.every((item, at) => this.#same(item, b.items[at]!))
    // Two ways to write one text are one text.
    if (a.kind === 'string') return plainOf(this.#before, a) === plainOf(this.#after, b)
    return textOf(this.#before, a) === textOf(this.#after, b)
  }

  #add(change: JsonChange): void {
    if (this.changes.length >= this.#most) this.cut = true
    else this.changes.push(change)
  }
}

/** Of a key that occurs twice the last counts, as everywhere. */
function fieldsOf({ entries }: Extract<JsonNode, { kind: 'object' }>): ReadonlyMap<string, JsonNode> {
  return new Map(entries.map(({ key, value }) => [key, value]))
}
