import type { ColumnType } from './cell-kinds.ts'

/** How the columns of a file become the key and value of a record. */
export interface Mapping {
  readonly columns: readonly ColumnMapping[]
  readonly key: KeyMapping
  /** What stands for an empty cell of a column that is not text; text stays an empty text unless `omit`. */
  readonly empty: EmptyCells
}

export type EmptyCells = 'null' | 'omit'

export interface ColumnMapping {
  /** As the file has it. */
  readonly header: string
  readonly isIncluded: boolean
  /** Where it goes in the value; a dot nests: `user.id`. */
  readonly name: string
  readonly type: ColumnType
}

export type KeyMapping =
  | { readonly kind: 'none' }
  | { readonly kind: 'column'; readonly column: number }
  /** Text with columns in braces: `{host}/{metric}`. */
  | { readonly kind: 'template'; readonly template: string }

/** What is wrong with a mapping, by column, and about the key; empty when it can be used. */
export interface MappingFaults {
  readonly columns: ReadonlyMap<number, string>
  readonly key: string | null
  readonly whole: string | null
}

export function hasFaults({ columns, key, whole }: MappingFaults): boolean {
  return columns.size > 0 || key !== null || whole !== null
}

export function mappingFaults({ columns, key }: Mapping): MappingFaults {
  const faults = new Map<number, string>()
  const leaves = new Map<string, number>()
  const objects = new Map<string, string>()
  for (const [index, { isIncluded, name }] of columns.entries()) {
    if (!isIncluded) continue
    const parts = name.split('.')
    if (parts.some((part) => part === '')) {
      faults.set(index, name === '' ? 'Give it a name.' : 'A name between two dots is missing.')
      continue
    }
    const path = JSON.stringify(parts)
    const other = leaves.get(path)
    if (other !== undefined) {
      // Either may be the one to rename.
      for (const each of [other, index]) faults.set(each, `Another column is called ${name} too.`)
    } else if (objects.has(path)) faults.set(index, `${name} is also an object that holds ${objects.get(path)}.`)
    leaves.set(path, index)
    for (let depth = 1; depth < parts.length; depth++) {
      const outer = JSON.stringify(parts.slice(0, depth))
      if (leaves.has(outer)) faults.set(index, `${parts.slice(0, depth).join('.')} is a column of its own.`)
      objects.set(outer, name)
    }
  }
  const whole = columns.some(({ isIncluded }) => isIncluded) ? null : 'Include at least one column.'
  return { columns: faults, key: keyFault(key, columns), whole }
}

function keyFault(key: KeyMapping, columns: readonly ColumnMapping[]): string | null {
  if (key.kind === 'column') {
    return key.column < columns.length ? null : 'This column is not in the file. Choose another.'
  }
  if (key.kind === 'none') return null
  const parts = templateParts(key.template)
  if (!parts.some(({ header }) => header !== null)) return 'Name a column in braces, such as {id}.'
  const missing = parts.find(({ header }) => header !== null && !columns.some((column) => column.header === header))
  return missing === undefined ? null : `There is no column {${missing.header}}.`
}

/** Literal text and columns of a template, in order. */
export function templateParts(template: string): readonly { readonly text: string; readonly header: string | null }[] {
  const parts: { text: string; header: string | null }[] = []
  let end = 0
  for (const match of template.matchAll(/\{([^{}]+)\}/g)) {
    if (match.index > end) parts.push({ text: template.slice(end, match.index), header: null })
    parts.push({ text: match[0], header: match[1]! })
    end = match.index + match[0].length
  }
  if (end < template.length) parts.push({ text: template.slice(end), header: null })
  return parts
}

/** Names for the columns: those of the header row, or `column_1` and so on; doubles get a number. */
export function headersOf(first: readonly string[], hasHeader: boolean): readonly string[] {
  const seen = new Map<string, number>()
  return first.map((field, index) => {
    const name = hasHeader && field.trim() !== '' ? field : `column_${index + 1}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}_${count}`
  })
}

/** Under this a mapping is remembered: the same columns come again. */
export function headerFingerprint(headers: readonly string[]): string {
  return headers.join('\u001f')
}

const keyNames = /^(id|key|uuid|host|.*_id|.*Id)$/

/** The first mapping of a file: every column under its name, and as key what looks like one. */
export function firstMapping(headers: readonly string[], types: readonly ColumnType[]): Mapping {
  const key = headers.findIndex((header) => keyNames.test(header))
  return {
    columns: headers.map((header, index) => ({
      header,
      isIncluded: true,
      // A dot in a header nests, as people who write such headers mean it; where that cannot be, it stays flat.
      name: isNestable(headers, header) ? header : header.replaceAll('.', '_') || `column_${index + 1}`,
      type: types[index] ?? 'string',
    })),
    key: key === -1 ? { kind: 'none' } : { kind: 'column', column: key },
    empty: 'null',
  }
}

function isNestable(headers: readonly string[], header: string): boolean {
  const parts = header.split('.')
  if (parts.some((part) => part === '')) return false
  return !headers.some(
    (other) => other !== header && (other.startsWith(`${header}.`) || header.startsWith(`${other}.`)),
  )
}
