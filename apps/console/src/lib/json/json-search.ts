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
  const pattern = patternOf(query)
  // Where it is now: a path of its own is made for a hit only, as most of a large value is none.
  const path: (string | number)[] = []
  const look = (shown: string, part: JsonHit['part']) => {
    const found = placesIn(shown, pattern, most - hits.length)
    if (found.length === 0) return
    const here = [...path]
    for (const at of found) hits.push({ path: here, part, at })
  }
  const walk = (node: JsonNode) => {
    if (node.kind === 'object')
      for (const { key, value } of node.entries) {
        if (hits.length >= most) return
        path.push(key)
        look(JSON.stringify(key), 'name')
        walk(value)
        path.pop()
      }
    else if (node.kind === 'array')
      for (const [index, item] of node.items.entries()) {
        if (hits.length >= most) return
        path.push(index)
        walk(item)
        path.pop()
      }
    else look(textOf(text, node), 'value')
  }
  walk(root)
  return hits
}

/** The indexes where a text occurs in another, upper or lower case, none within another; at most `most`. */
export function searchText(text: string, query: string, most = 1_000): readonly number[] {
  return query === '' ? [] : placesIn(text, patternOf(query), most)
}

/** Lower case may be longer than what it is of (İ), so places are those of a pattern and not of a lowered copy. */
function patternOf(query: string): RegExp {
  return new RegExp(query.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu')
}

function placesIn(text: string, pattern: RegExp, most: number): readonly number[] {
  const found: number[] = []
  pattern.lastIndex = 0
  while (found.length < most) {
    const match = pattern.exec(text)
    if (match === null) break
    found.push(match.index)
  }
  return found
}

/** Whether a place lies at or below a path. */
export function isBelow(place: JsonPath, path: JsonPath): boolean {
  return place.length >= path.length && path.every((step, at) => place[at] === step)
}
