import { readStorage, writeStorage } from '../../data/preferences.ts'
import { columnTypes } from './cell-kinds.ts'
import { headerFingerprint, type Mapping } from './mapping.ts'

const storageKey = 'yak.csv-mappings'
const maxRemembered = 20

/** The mapping that was last used for a file with these columns. */
export function rememberedMapping(headers: readonly string[]): Mapping | undefined {
  const found = stored().find(([fingerprint]) => fingerprint === headerFingerprint(headers))
  const mapping = found?.[1]
  return mapping !== undefined && isMapping(mapping, headers) ? mapping : undefined
}

export function rememberMapping(mapping: Mapping): void {
  const fingerprint = headerFingerprint(mapping.columns.map(({ header }) => header))
  const others = stored().filter(([other]) => other !== fingerprint)
  writeStorage(storageKey, [[fingerprint, mapping], ...others].slice(0, maxRemembered))
}

function stored(): readonly (readonly [string, Mapping])[] {
  const value = readStorage(storageKey)
  return Array.isArray(value) ? value.filter((each) => Array.isArray(each) && each.length === 2) : []
}

function isMapping({ columns, key, empty }: Mapping, headers: readonly string[]): boolean {
  return (
    Array.isArray(columns) &&
    columns.length === headers.length &&
    columns.every((column) => typeof column?.name === 'string' && columnTypes.includes(column.type)) &&
    ['none', 'column', 'template'].includes(key?.kind) &&
    (empty === 'null' || empty === 'omit')
  )
}
