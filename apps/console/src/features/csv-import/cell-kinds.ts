/** What a column may be. Only JSON's own types change how a value is written; a date stays text, and is checked. */
export type ColumnType = 'string' | 'integer' | 'decimal' | 'boolean' | 'date' | 'json'

export const columnTypes: readonly ColumnType[] = ['string', 'integer', 'decimal', 'boolean', 'date', 'json']

/** Bits: what a cell may be read as. Every cell may be text. */
export const STRING = 0
export const INTEGER = 1
export const DECIMAL = 2
export const BOOLEAN = 4
export const DATE = 8
export const JSON_TEXT = 16
export const ANY = 31

/** As JSON writes it: a leading zero is a name's, not a number's (postcodes, article numbers). Any number of digits. */
const INTEGER_TEXT = /^-?(?:0|[1-9]\d*)$/
const DECIMAL_TEXT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const BOOLEAN_TEXT = /^(?:true|false)$/i
const DATE_TEXT =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

export function kindsOf(cell: string): number {
  const unit = cell.charCodeAt(0)
  // A digit or a minus.
  if ((unit >= 48 && unit <= 57) || unit === 45) {
    if (INTEGER_TEXT.test(cell)) return INTEGER | DECIMAL
    if (DECIMAL_TEXT.test(cell)) return DECIMAL
    return DATE_TEXT.test(cell) ? DATE : STRING
  }
  // t, T, f, F
  if (unit === 116 || unit === 84 || unit === 102 || unit === 70) return BOOLEAN_TEXT.test(cell) ? BOOLEAN : STRING
  // { or [
  if (unit === 123 || unit === 91) return isJson(cell) ? JSON_TEXT : STRING
  return STRING
}

/** The narrowest type that all cells have, whose kinds were and-ed together. */
export function typeOfKinds(kinds: number): ColumnType {
  if (kinds & INTEGER) return 'integer'
  if (kinds & DECIMAL) return 'decimal'
  if (kinds & BOOLEAN) return 'boolean'
  if (kinds & DATE) return 'date'
  if (kinds & JSON_TEXT) return 'json'
  return 'string'
}

export function isOfType(cell: string, type: ColumnType): boolean {
  switch (type) {
    case 'string':
      return true
    case 'integer':
      return INTEGER_TEXT.test(cell)
    case 'decimal':
      return DECIMAL_TEXT.test(cell)
    case 'boolean':
      return BOOLEAN_TEXT.test(cell)
    case 'date':
      return DATE_TEXT.test(cell)
    case 'json':
      return isJson(cell)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
