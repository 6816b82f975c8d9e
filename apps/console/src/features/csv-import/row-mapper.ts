import { type ErrorCode, LIMITS } from '@yak/protocol'
import { readJson } from '../../lib/json/json-node.ts'
import { type ColumnType, isOfType } from './cell-kinds.ts'
import type { SplitRow } from './csv-splitter.ts'
import { type ColumnMapping, type Mapping, templateParts } from './mapping.ts'

/** Why a row cannot be sent. */
export interface RowProblem {
  readonly code: ErrorCode
  /** In a word or two, the same for all rows of the kind: what the check counts by. */
  readonly reason: string
  readonly text: string
  /** From 0 on; null: the row as a whole. */
  readonly column: number | null
  /** The cell, cut; null without one. */
  readonly value: string | null
}

interface Leaf {
  readonly column: number
  readonly type: ColumnType
  /** `"total":`. */
  readonly prefix: string
}

interface Branch {
  readonly prefix: string
  readonly children: readonly (Leaf | Branch)[]
}

const maxShownLength = 120

/** Rows to keys and JSON values. Text in, text out: no number is ever parsed, so 007 and twenty digits stay what they are. */
export class RowMapper {
  /** Of the row mapped last; null: no key. */
  key: string | null = null
  /** JSON text. */
  value = ''
  problem: RowProblem | null = null
  readonly #mapping: Mapping
  readonly #root: Branch
  readonly #columnCount: number
  readonly #key: (fields: readonly string[]) => string | null
  readonly #isFlat: boolean

  constructor(mapping: Mapping) {
    this.#mapping = mapping
    this.#columnCount = mapping.columns.length
    this.#root = treeOf(mapping.columns)
    this.#key = keyOf(mapping)
    this.#isFlat = mapping.empty === 'null' && this.#root.children.every((child) => 'column' in child)
  }

  /** False: `problem` says why. */
  map(row: SplitRow): boolean {
    this.problem = null
    const { fields } = row
    if (row.problem !== null) {
      const reason = row.problem.includes('choose the file') ? 'wrong encoding' : 'broken quoting'
      return this.#refuse('CSV_ROW_INVALID', reason, `${capital(row.problem)}.`, null, fields[0] ?? '')
    }
    if (fields.length !== this.#columnCount) {
      const has = `${fields.length} ${fields.length === 1 ? 'field' : 'fields'}`
      const reason = fields.length < this.#columnCount ? 'too few fields' : 'too many fields'
      return this.#refuse(
        'CSV_ROW_INVALID',
        reason,
        `It has ${has}, and there are ${this.#columnCount} columns.`,
        null,
        null,
      )
    }
    const key = this.#key(fields)
    if (key === '' && this.#mapping.key.kind !== 'none') {
      const column = this.#mapping.key.kind === 'column' ? this.#mapping.key.column : null
      return this.#refuse('KEY_FIELD_NOT_FOUND', 'no key', 'Its key is empty.', column, '')
    }
    this.key = key
    if (this.#isFlat) {
      let value = ''
      for (const leaf of this.#root.children as readonly Leaf[]) {
        const json = this.#cell(fields[leaf.column]!, leaf)
        if (json === null) return false
        value += value === '' ? leaf.prefix + json : `,${leaf.prefix}${json}`
      }
      this.value = `{${value}}`
    } else {
      const value = this.#object(this.#root, fields)
      if (value === null) return false
      this.value = value
    }
    return this.#fits()
  }

  #object({ children }: Branch, fields: readonly string[]): string | null {
    let text = ''
    for (const child of children) {
      let json: string | null
      if ('column' in child) {
        const cell = fields[child.column]!
        if (cell === '' && this.#mapping.empty === 'omit') continue
        json = this.#cell(cell, child)
      } else {
        json = this.#object(child, fields)
        if (json === '{}' && this.#mapping.empty === 'omit') continue
      }
      if (json === null) return null
      text += text === '' ? child.prefix + json : `,${child.prefix}${json}`
    }
    return `{${text}}`
  }

  #cell(cell: string, { column, type }: Leaf): string | null {
    if (type === 'string') return jsonString(cell)
    if (cell === '') return 'null'
    if (isOfType(cell, type)) {
      if (type === 'date') return jsonString(cell)
      return type === 'boolean' ? cell.toLowerCase() : cell
    }
    if (type === 'json') {
      const fault = readJson(cell)
      const where =
        fault.kind === 'fault' ? ` ${fault.message}, in its line ${fault.line}, column ${fault.column}.` : ''
      this.#refuse('INVALID_JSON', 'bad JSON', `It is not JSON.${where}`, column, cell)
    } else {
      const text = `It is no ${typeNames[type]}.`
      this.#refuse('CSV_ROW_INVALID', `no ${typeNames[type]}`, text, column, cell)
    }
    return null
  }

  #fits(): boolean {
    const units = this.value.length + (this.key?.length ?? 0)
    if (units * 3 <= LIMITS.maxRecordBytes) return true
    const sizeBytes = new TextEncoder().encode(this.value + (this.key ?? '')).length
    if (sizeBytes <= LIMITS.maxRecordBytes) return true
    return this.#refuse(
      'RECORD_TOO_LARGE',
      'too large',
      `It has ${sizeBytes} bytes, and a record may have ${LIMITS.maxRecordBytes}.`,
      null,
      null,
    )
  }

  #refuse(code: ErrorCode, reason: string, text: string, column: number | null, value: string | null): false {
    const shown = value !== null && value.length > maxShownLength ? `${value.slice(0, maxShownLength)}…` : value
    this.problem = { code, reason, text, column, value: shown }
    return false
  }
}

const typeNames: Record<Exclude<ColumnType, 'json' | 'string'>, string> = {
  integer: 'whole number',
  decimal: 'number',
  boolean: 'true or false',
  date: 'date',
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/

/** JSON.stringify, which takes longer where nothing has to be escaped. */
function jsonString(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`
}

function treeOf(columns: readonly ColumnMapping[]): Branch {
  interface Node {
    readonly prefix: string
    readonly children: (Leaf | Node)[]
    readonly byName: Map<string, Node>
  }
  const branch = (prefix: string): Node => ({ prefix, children: [], byName: new Map() })
  const root = branch('')
  for (const [column, { isIncluded, name, type }] of columns.entries()) {
    if (!isIncluded) continue
    const parts = name.split('.')
    let node = root
    for (const part of parts.slice(0, -1)) {
      let inner = node.byName.get(part)
      if (inner === undefined) {
        inner = branch(`${JSON.stringify(part)}:`)
        node.byName.set(part, inner)
        node.children.push(inner)
      }
      node = inner
    }
    node.children.push({ column, type, prefix: `${JSON.stringify(parts.at(-1))}:` })
  }
  return root
}

function keyOf({ key, columns }: Mapping): (fields: readonly string[]) => string | null {
  if (key.kind === 'none') return () => null
  if (key.kind === 'column') {
    const { column } = key
    return (fields) => fields[column]!
  }
  const parts = templateParts(key.template).map(({ text, header }) => ({
    text,
    column: header === null ? -1 : columns.findIndex((column) => column.header === header),
  }))
  return (fields) => {
    let text = ''
    for (const part of parts) {
      if (part.column === -1) {
        text += part.text
        continue
      }
      // A part that is missing would give rows a key they share with others.
      if (fields[part.column] === '') return ''
      text += fields[part.column]
    }
    return text
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
