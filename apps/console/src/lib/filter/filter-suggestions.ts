/** A field that messages have, as an expression names it, and values it had, as an expression writes them. */
export interface SeenField {
  readonly path: string
  readonly samples: readonly string[]
}

export interface Suggestion {
  readonly text: string
  /** What it is, or what it was in a message. */
  readonly hint: string
}

export interface Suggestions {
  /** What they would stand for: this part of the text. */
  readonly from: number
  readonly to: number
  readonly kind: 'field' | 'value'
  readonly options: readonly Suggestion[]
}

const builtIn: readonly Suggestion[] = [
  { text: '$p', hint: 'partition' },
  { text: '$o', hint: 'offset' },
  { text: '$t', hint: 'time, as "2026-01-31T10:00:00Z"' },
  { text: '$e', hint: 'leader epoch' },
  { text: '$size', hint: 'bytes of key and value' },
  { text: 'exists(', hint: 'whether a field is there' },
  { text: 'contains(', hint: 'text in a text' },
  { text: 'startsWith(', hint: 'how a text begins' },
  { text: 'endsWith(', hint: 'how a text ends' },
]

const WORD = /(?:[$A-Za-z_][\w$.[\]-]*|-?\d[\d.]*)$/
const REST_OF_WORD = /^[\w$.[\]-]*/
const PATH = '[$A-Za-z_](?:[\\w$.-]|\\[(?:\\d+|"(?:[^"\\\\]|\\\\.)*")\\])*'
const COMPARED = new RegExp(`(${PATH})\\s*(?:==|!=|<=|>=|<|>)\\s*$`)
const IN_LIST = new RegExp(`(${PATH})\\s+in\\s*\\[(?:[^\\]]*,)?\\s*$`)
const BEGINS_OPERAND = /(?:^|&&|\|\||[(!,])\s*$/

/** What could stand at the caret of a filter: fields that were seen, or values of the field that is compared. Null: nothing. */
export function suggestionsAt(
  text: string,
  caret: number,
  fields: readonly SeenField[],
  most = 12,
): Suggestions | null {
  const before = text.slice(0, caret)
  const quote = openQuote(before)
  const from = quote ?? caret - (WORD.exec(before)?.[0].length ?? 0)
  const left = before.slice(0, from)
  const word = before.slice(from).toLowerCase()
  const to = caret + (quote === null ? REST_OF_WORD.exec(text.slice(caret))![0].length : 0)
  const path = (COMPARED.exec(left) ?? IN_LIST.exec(left))?.[1]
  if (path !== undefined) {
    const samples = fields.find((field) => field.path === path)?.samples ?? []
    const options = samples
      .filter((sample) => sample.toLowerCase().startsWith(word) && sample.toLowerCase() !== word)
      .map((sample) => ({ text: sample, hint: '' }))
    return options.length === 0 ? null : { from, to, kind: 'value', options: options.slice(0, most) }
  }
  if (quote !== null || !BEGINS_OPERAND.test(left)) return null
  const named = fields.map(({ path: name, samples }) => ({ text: name, hint: samples[0] ?? '' }))
  // `value.` is also how value["odd name"] begins.
  const begins = ({ text: name }: Suggestion) =>
    name.toLowerCase().replaceAll('[', '.').startsWith(word.replaceAll('[', '.'))
  const options = [
    ...named.filter(begins),
    ...named.filter((option) => !begins(option) && beginsAStep(option.text, word)),
    ...builtIn.filter(begins),
  ].filter((option) => option.text.toLowerCase() !== word)
  return options.length === 0 ? null : { from, to, kind: 'field', options: options.slice(0, most) }
}

/**
 * Whether a fault at this place is one already. What is being put together at the caret, and so has suggestions, is not wrong
 * yet; what stands before it is.
 */
export function isWrongYet(faultIndex: number, suggestions: Suggestions | null): boolean {
  return suggestions === null || faultIndex < suggestions.from
}

/** The text with a suggestion in it, and where the caret is then. A field is followed by what compares it, where nothing is yet. */
export function withSuggestion(
  text: string,
  { from, to, kind }: Suggestions,
  option: Suggestion,
): { readonly text: string; readonly caret: number } {
  const left = text.slice(0, from)
  const rest = text.slice(to)
  const compares = kind === 'field' && !option.text.endsWith('(') && !left.trimEnd().endsWith('(') && rest.trim() === ''
  const inserted = `${option.text}${compares ? ' == ' : ''}`
  return { text: left + inserted + (compares ? '' : rest), caret: from + inserted.length }
}

/** Where a string begins that is not closed; null: the caret is in none. */
function openQuote(text: string): number | null {
  let start: number | null = null
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && start !== null) at++
    else if (text[at] === '"') start = start === null ? at : null
  }
  return start
}

function beginsAStep(path: string, word: string): boolean {
  return path
    .toLowerCase()
    .split(/[.[\]"]+/)
    .some((step) => step.startsWith(word))
}
