/**
 * JSON as the text it is: a tree of spans. Numbers are never turned into doubles, so 9007199254740993, 1.0 and 1e400 show,
 * copy and compare as they were sent; keys that occur twice are both there.
 *
 *     value  = object | array | string | number | true | false | null      with white space around each
 */
export type JsonNode = JsonObject | JsonArray | JsonScalar

interface Span {
  /** First and after-last index in the text. */
  readonly start: number
  readonly end: number
}

export interface JsonObject extends Span {
  readonly kind: 'object'
  readonly entries: readonly { readonly key: string; readonly value: JsonNode }[]
}

export interface JsonArray extends Span {
  readonly kind: 'array'
  readonly items: readonly JsonNode[]
}

export interface JsonScalar extends Span {
  readonly kind: 'string' | 'number' | 'true' | 'false' | 'null'
}

/** Why a text is no JSON, and where: index, line and column from 1 on. */
export interface JsonFault {
  readonly kind: 'fault'
  readonly message: string
  readonly index: number
  readonly line: number
  readonly column: number
}

/** As the broker: deeper is refused, since a value takes stack frames for each level. */
const maxDepth = 1_000

const WHITE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERAL = /true|false|null/y

class Fault extends Error {
  readonly index: number
  constructor(message: string, index: number) {
    super(message)
    this.index = index
  }
}

/** The tree of a whole JSON text, or the fault. Never throws. */
export function readJson(text: string): JsonNode | JsonFault {
  let index = 0
  let depth = 0

  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = index
    const found = pattern.exec(text)
    if (found === null) return false
    index += found[0].length
    return true
  }
  const white = () => match(WHITE)
  const found = () => (index >= text.length ? 'the end' : JSON.stringify(text[index]))

  const string = (): string => {
    const start = index
    if (!matchString()) throw new Fault('A string is not closed, or holds a bad escape', start)
    return JSON.parse(text.slice(start, index)) as string
  }
  // Long strings overflow the stack of a backtracking pattern, so the common case is walked.
  const matchString = (): boolean => {
    for (let at = index + 1; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === 0x22) {
        index = at + 1
        return true
      }
      if (unit < 0x20) return false
      if (unit === 0x5c) return matchEscaped(at)
    }
    return false
  }
  const matchEscaped = (from: number): boolean => {
    for (let at = from; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === 0x22) {
        try {
          JSON.parse(text.slice(index, at + 1))
        } catch {
          return false
        }
        index = at + 1
        return true
      }
      if (unit === 0x5c) at++
    }
    return false
  }

  const value = (): JsonNode => {
    white()
    const start = index
    const first = text[index]
    if (first === '{' || first === '[') {
      if (++depth > maxDepth) throw new Fault(`It nests deeper than ${maxDepth} levels`, start)
      const node = first === '{' ? object(start) : array(start)
      depth--
      return node
    }
    if (first === '"') {
      if (!matchString()) throw new Fault('A string is not closed, or holds a bad escape', start)
      return { kind: 'string', start, end: index }
    }
    if (match(NUMBER)) {
      if (/[\d.eE+-]/.test(text[index] ?? '')) throw new Fault('A number is not written as JSON has it', start)
      return { kind: 'number', start, end: index }
    }
    if (match(LITERAL)) return { kind: text.slice(start, index) as 'true' | 'false' | 'null', start, end: index }
    throw new Fault(`A value is expected, not ${found()}`, index)
  }

  const object = (start: number): JsonObject => {
    const entries: { key: string; value: JsonNode }[] = []
    index++
    white()
    if (text[index] === '}') return { kind: 'object', start, end: ++index, entries }
    for (;;) {
      white()
      if (text[index] !== '"') throw new Fault(`A name in quotes is expected, not ${found()}`, index)
      const key = string()
      white()
      if (text[index] !== ':') throw new Fault(`":" is expected, not ${found()}`, index)
      index++
      entries.push({ key, value: value() })
      white()
      if (text[index] === '}') return { kind: 'object', start, end: ++index, entries }
      if (text[index] !== ',') throw new Fault(`"," or "}" is expected, not ${found()}`, index)
      index++
    }
  }

  const array = (start: number): JsonArray => {
    const items: JsonNode[] = []
    index++
    white()
    if (text[index] === ']') return { kind: 'array', start, end: ++index, items }
    for (;;) {
      items.push(value())
      white()
      if (text[index] === ']') return { kind: 'array', start, end: ++index, items }
      if (text[index] !== ',') throw new Fault(`"," or "]" is expected, not ${found()}`, index)
      index++
    }
  }

  try {
    const node = value()
    white()
    if (index < text.length) throw new Fault(`Nothing more is expected, but there is ${found()}`, index)
    return node
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const before = text.slice(0, error.index)
    const line = before.split('\n').length
    return {
      kind: 'fault',
      message: error.message,
      index: error.index,
      line,
      column: error.index - before.lastIndexOf('\n'),
    }
  }
}

/** The text of a node as it was sent. */
export function textOf(text: string, node: JsonNode): string {
  return text.slice(node.start, node.end)
}

/** A string's characters; of any other node its text. */
export function plainOf(text: string, node: JsonNode): string {
  return node.kind === 'string' ? (JSON.parse(textOf(text, node)) as string) : textOf(text, node)
}

/** The node at a path of names and indexes; the last of equal names wins, as in JSON.parse. */
export function nodeAt(node: JsonNode, path: readonly (string | number)[]): JsonNode | undefined {
  let at: JsonNode | undefined = node
  for (const step of path) {
    if (at === undefined) return undefined
    if (at.kind === 'object') at = at.entries.findLast(({ key }) => key === String(step))?.value
    else if (at.kind === 'array') at = at.items[Number(step)]
    else return undefined
  }
  return at
}

/** Indented by two spaces, every number, string and repeated key as it was sent. */
export function prettyJson(text: string, node: JsonNode, indent = ''): string {
  const inner = `${indent}  `
  if (node.kind === 'object') {
    if (node.entries.length === 0) return '{}'
    const lines = node.entries.map(
      ({ key, value }) => `${inner}${JSON.stringify(key)}: ${prettyJson(text, value, inner)}`,
    )
    return `{\n${lines.join(',\n')}\n${indent}}`
  }
  if (node.kind === 'array') {
    if (node.items.length === 0) return '[]'
    return `[\n${node.items.map((item) => `${inner}${prettyJson(text, item, inner)}`).join(',\n')}\n${indent}]`
  }
  return textOf(text, node)
}

/** On one line without needless spaces, cut at `maxLength`: for the preview in a list. */
export function compactJson(text: string, maxLength: number): string {
  // Looking further than the cut could show is waste: a value may be a megabyte.
  const part = text.length > maxLength * 4 ? text.slice(0, maxLength * 4) : text
  const line = part.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, quoted: string | undefined) => quoted ?? '')
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line
}
