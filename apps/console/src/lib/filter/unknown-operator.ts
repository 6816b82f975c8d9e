import type { FilterFault } from './filter-expression.ts'

const STEPS = String.raw`(?:\.[\w$-]+|\[(?:\d+|"(?:[^"\\]|\\.)*")\])`
const OPERATOR = String.raw`([A-Za-z]\w*|[~^*%+])`
/** A field, or a name that is surely none of a text, and what stands where an operator would. */
const AFTER_FIELD = new RegExp(
  String.raw`^[!(\s]*(?:(?:value|headers)${STEPS}+|\$(?:p|o|t|e|size))\s+${OPERATOR}\s*(?=["'\d-])`,
)
/** `key`, `value` and `headers` are words of a text too: only before a quoted text they are meant. */
const AFTER_ROOT = new RegExp(String.raw`^[!(\s]*(?:key|value|headers)\s+${OPERATOR}\s*(?=["'])`)
/** What other languages write, before a text without quotes. */
const KNOWN_ELSEWHERE = new RegExp(
  String.raw`^[!(\s]*(?:value|headers)${STEPS}+\s+(contains|includes|startswith|endswith|like|matches|is|eq|ne|gt|gte|lt|lte)\s+\S+$`,
  'i',
)

/** The fault of a text that is written as an expression, and has an operator that there is not; null: it is none. */
export function unknownOperator(text: string): FilterFault | null {
  const found = AFTER_FIELD.exec(text) ?? AFTER_ROOT.exec(text) ?? KNOWN_ELSEWHERE.exec(text)
  const operator = found?.[1]
  if (found === null || operator === undefined) return null
  const field = /(?:key|value|headers|\$\w+)/.exec(found[0])!
  const end = found[0].trimEnd()
  const index = end.endsWith(operator)
    ? end.length - operator.length
    : found[0].search(new RegExp(String.raw`\s${operator}\s`, 'i')) + 1
  const path = found[0].slice(field.index, index).trim()
  return {
    kind: 'fault',
    index,
    message: `${operator} is no operator: use ==, !=, <, <=, >, >= or in […], or contains(${path}, "…"), startsWith(…), endsWith(…)`,
  }
}
