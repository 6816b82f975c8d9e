import { type JsonNode, textOf } from './json-node.ts'

export type JsonPath = readonly (string | number)[]

/** Where a searched text stands in a JSON value: in the name of a field, or in a scalar, as they are shown. */
export interface JsonHit {
  readonly path: JsonPath
  readonly part: 'name' | 'value'
  /** Index within the name in its quotes, or within the scalar's text. */
  readonly at: number
}

/** All places where a text occurs, upper or lower case, in the order of reading; at most `most`. */
export function searchJson(text: string, root: JsonNode, query: string, most = 1_000): readonly JsonHit[] {
  const hits: JsonHit[] = []
  if (query === '') return hits
  const look = (shown: string, path: JsonPath, part: JsonHit['part']) => {
    for (const at of searchText(shown, query, most - hits.length)) hits.push({ path, part, at })
  }
  const walk = (node: JsonNode, path: JsonPath) => {
    if (hits.length >= most) return
    if (node.kind === 'object')
      for (const { key, value } of node.entries) {
        const inner = [...path, key]
        look(JSON.stringify(key), inner, 'name')
        walk(value, inner)
      }
    else if (node.kind === 'array') for (const [index, item] of node.items.entries()) walk(item, [...path, index])
    else look(textOf(text, node), path, 'value')
  }
  walk(root, [])
  return hits
}

/** The indexes where a text occurs in another, upper or lower case, none within another; at most `most`. */
export function searchText(text: string, query: string, most = 1_000): readonly number[] {
  const found: number[] = []
  if (query === '' || most <= 0) return found
  // Lower case may be longer than what it is of (İ), so places are those of a pattern and not of a lowered copy.
  const pattern = new RegExp(query.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu')
  for (const { index } of text.matchAll(pattern)) {
    found.push(index)
    if (found.length >= most) break
  }
  return found
}

/** Whether a place lies at or below a path. */
export function isBelow(place: JsonPath, path: JsonPath): boolean {
  return place.length >= path.length && path.every((step, at) => place[at] === step)
}
