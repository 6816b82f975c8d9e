import { compareNumbers, isNumberText } from '../exact-number.ts'
import type { Message } from '../json/consume-text.ts'
import { type JsonNode, plainOf, readJson, textOf } from '../json/json-node.ts'
import {
  type Comparison,
  type Expression,
  type FilterFault,
  type Operand,
  type Path,
  parseFilter,
  type TextTest,
} from './filter-expression.ts'
import { unknownOperator } from './unknown-operator.ts'

/** What a person typed into the filter box, ready to be asked about messages. */
export type MessageFilter =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | FilterFault

/** `limit`: the message is so large or so deep that the answer was not worth waiting for; it counts as no match. */
export type Verdict = 'match' | 'other' | 'limit'

const EXPRESSION =
  /==|!=|<=|>=|&&|\|\||[<>]|\bin\s*\[|\b(?:exists|contains|startsWith|endsWith)\s*\(|^\s*(?:key|value|headers|\$\w+)[\w.$[\]"-]*\s*=/
/** No expression begins so; markup does. */
const BEGINS_AS_TEXT = /^[<>]/
/** So begins what is surely meant as an expression. */
const BEGINS_AS_EXPRESSION = /^[!(\s]*(?:(?:key|value|headers|\$\w+)\b\s*(?:[.[=!<>&|)]|in\b|$)|\w+\s*\(|["'])/
/** Entries looked at and comparisons made for one message. */
const maxSteps = 50_000

/** Text with an operator is an expression; anything else, and what stands wholly in double quotes, is a substring. */
export function readFilter(typed: string): MessageFilter {
  const text = typed.trim()
  if (text === '') return { kind: 'none' }
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) {
    try {
      return { kind: 'text', text: (JSON.parse(text) as string).toLowerCase() }
    } catch {
      return { kind: 'text', text: text.slice(1, -1).toLowerCase() }
    }
  }
  const unknown = unknownOperator(typed)
  if (unknown !== null) return unknown
  if (BEGINS_AS_TEXT.test(text) || !EXPRESSION.test(text)) return { kind: 'text', text: text.toLowerCase() }
  const expression = parseFilter(typed)
  if (expression.kind !== 'fault') return { kind: 'expression', expression }
  if (BEGINS_AS_EXPRESSION.test(text)) return expression
  return { ...expression, message: `${expression.message}; to find it as text, put all of it in double quotes` }
}

export function matchMessage(filter: MessageFilter, message: Message): Verdict {
  if (filter.kind === 'none' || filter.kind === 'fault') return 'match'
  if (filter.kind === 'text') return holdsText(message, filter.text) ? 'match' : 'other'
  const reading = new Reading(message)
  try {
    return reading.test(filter.expression) ? 'match' : 'other'
  } catch (error) {
    if (error instanceof StepLimit) return 'limit'
    throw error
  }
}

function holdsText({ key, valueText, headersText }: Message, text: string): boolean {
  return (
    (key?.toLowerCase().includes(text) ?? false) ||
    valueText.toLowerCase().includes(text) ||
    (headersText !== '{}' && headersText.toLowerCase().includes(text))
  )
}

class StepLimit extends Error {}

/** What an operand is in a message. `other`: an object or array; `missing`: nothing there. */
type Found =
  | { readonly kind: 'string' | 'number' | 'time'; readonly text: string }
  | { readonly kind: 'true' | 'false' | 'null' | 'other' | 'missing' }

const missing: Found = { kind: 'missing' }

class Reading {
  readonly #message: Message
  #steps = 0
  readonly #trees = new Map<string, JsonNode | null>()

  constructor(message: Message) {
    this.#message = message
  }

  test(expression: Expression): boolean {
    this.#step()
    switch (expression.kind) {
      case 'or':
        return this.test(expression.left) || this.test(expression.right)
      case 'and':
        return this.test(expression.left) && this.test(expression.right)
      case 'not':
        return !this.test(expression.inner)
      case 'compare':
        return holds(expression.operator, this.#find(expression.left), this.#find(expression.right))
      case 'in': {
        const left = this.#find(expression.left)
        return expression.choices.some((choice) => holds('==', left, this.#find(choice)))
      }
      case 'exists':
        return this.#find(expression.path).kind !== 'missing'
      case 'truth':
        return this.#find(expression.operand).kind === 'true'
      default:
        return holdsPart(expression.kind, this.#find(expression.left), this.#find(expression.right))
    }
  }

  #step(count = 1): void {
    this.#steps += count
    if (this.#steps > maxSteps) throw new StepLimit()
  }

  #find(operand: Operand): Found {
    this.#step()
    if (operand.kind !== 'path')
      return operand.kind === 'string' || operand.kind === 'number'
        ? { kind: operand.kind, text: operand.text }
        : { kind: operand.kind as 'true' | 'false' | 'null' }
    return this.#atPath(operand)
  }

  #atPath({ root, steps }: Path): Found {
    const { key, partition, offset, timestamp, epoch, sizeBytes, encoding } = this.#message
    const plain = (found: Found) => (steps.length === 0 ? found : missing)
    switch (root) {
      case 'key':
        return plain(key === null ? { kind: 'null' } : { kind: 'string', text: key })
      case '$p':
        return plain({ kind: 'number', text: String(partition) })
      case '$o':
        return plain({ kind: 'number', text: String(offset) })
      case '$e':
        return plain({ kind: 'number', text: String(epoch) })
      case '$size':
        return plain({ kind: 'number', text: String(sizeBytes) })
      case '$t':
        return plain(timestamp < 0 ? missing : { kind: 'time', text: String(timestamp) })
      default: {
        if (root === 'value' && encoding !== undefined && steps.length > 0) return missing
        const text = root === 'value' ? this.#message.valueText : this.#message.headersText
        return this.#inJson(text, steps)
      }
    }
  }

  #inJson(text: string, steps: readonly (string | number)[]): Found {
    let node = this.#treeOf(text)
    for (const step of steps) {
      if (node === null) return missing
      if (node.kind === 'object') {
        this.#step(node.entries.length)
        node = node.entries.findLast(({ key }) => key === String(step))?.value ?? null
      } else if (node.kind === 'array') node = (typeof step === 'number' ? node.items[step] : undefined) ?? null
      else return missing
    }
    if (node === null) return missing
    if (node.kind === 'string') return { kind: 'string', text: plainOf(text, node) }
    if (node.kind === 'number') return { kind: 'number', text: textOf(text, node) }
    return { kind: node.kind === 'object' || node.kind === 'array' ? 'other' : node.kind }
  }

  #treeOf(text: string): JsonNode | null {
    const known = this.#trees.get(text)
    if (known !== undefined) return known
    const read = readJson(text)
    const tree = read.kind === 'fault' ? null : read
    this.#trees.set(text, tree)
    return tree
  }
}

/** What is missing equals nothing, not even null, and is neither more nor less; so `!=` holds for it. */
function holds(operator: Comparison, left: Found, right: Found): boolean {
  const order = compare(left, right)
  if (order === undefined) return operator === '!='
  switch (operator) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** Undefined: they cannot be compared. A text that is written as a number counts as one beside a number. */
function compare(left: Found, right: Found): number | undefined {
  if (left.kind === 'time' || right.kind === 'time') {
    const [a, b] = [timeOf(left), timeOf(right)]
    return a === undefined || b === undefined ? undefined : a - b
  }
  if ('text' in left && 'text' in right) {
    if (left.kind === 'number' || right.kind === 'number')
      return isNumberText(left.text) && isNumberText(right.text) ? compareNumbers(left.text, right.text) : undefined
    return left.text === right.text ? 0 : left.text < right.text ? -1 : 1
  }
  if (left.kind === 'missing' || left.kind === 'other') return undefined
  return left.kind === right.kind ? 0 : undefined
}

function timeOf(found: Found): number | undefined {
  if (!('text' in found)) return undefined
  // A time without a zone is UTC here, whatever the browser's is.
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$|^\d{4}-\d\d-\d\d$/.test(found.text)
  const at = found.kind === 'string' ? Date.parse(zoned ? found.text : `${found.text}Z`) : Number(found.text)
  return Number.isNaN(at) ? undefined : at
}

function holdsPart(kind: TextTest, left: Found, right: Found): boolean {
  if (!('text' in left) || !('text' in right)) return false
  if (kind === 'contains') return left.text.includes(right.text)
  return kind === 'startsWith' ? left.text.startsWith(right.text) : left.text.endsWith(right.text)
}
