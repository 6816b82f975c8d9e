import { endOfString, hasEscapedName } from './json-names.ts'
import { LIMITS } from './limits.ts'
import { YakError } from './yak-error.ts'

/** Where a number may not survive a round trip through a double: a fraction, an exponent, sixteen digits, minus zero. */
const MAY_CHANGE = /\d[.eE]|\d{16}|-0/

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERAL = /true|false|null/y

const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/**
 * JSON.parse that keeps numbers as they were sent: one that a double would change (`1.0`, `1e400`, twenty digits) becomes a
 * JSON.rawJSON object, which JSON.stringify writes back as it was. Other values are as JSON.parse gives them.
 *
 * JSON.parse itself does the work where no number may change. It can tell of a number's text too, through a reviver, but
 * takes microseconds for each value then and, in Node 22, time that grows with the square of an object's size.
 *
 * @throws YakError INVALID_JSON
 */
export function parseJsonExact(text: string): unknown {
  // Each level takes an opening and a closing bracket, so a short text need not be looked at.
  if (text.length >= 2 * LIMITS.maxJsonDepth && depthOf(text) > LIMITS.maxJsonDepth) throw nestsTooDeep()
  if (MAY_CHANGE.test(text) || hasEscapedName(text)) {
    const reader = new JsonReader(text, exactNumber)
    if (reader.read()) return reader.result
    // JSON.parse finds the same fault, and has words for it.
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalidJson(text, cause)
  }
}

/**
 * JSON.parse, with every name of a field as it was written: see hasEscapedName. Deeper than LIMITS.maxJsonDepth the engine is left to
 * itself, which needs no stack for it.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (hasEscapedName(text) && depthOf(text) <= LIMITS.maxJsonDepth) {
    const reader = new JsonReader(text, Number)
    if (reader.read()) return reader.result
  }
  return JSON.parse(text)
}

function exactNumber(text: string): unknown {
  const value = Number(text)
  return String(value) === text ? value : rawJSON(text)
}

/** What JSON.parse threw at a text that is no JSON, with the place of the fault; `what` is the name of the text. */
export function invalidJson(text: string, cause: unknown, what = 'text'): YakError {
  // Here the closing brackets may be what is missing. To look for the place would take a stack frame for each level.
  if (text.length > LIMITS.maxJsonDepth && depthOf(text) > LIMITS.maxJsonDepth) return nestsTooDeep(cause, what)
  return notJson((cause as Error).message.replace(PLACE, ''), cause, placeOfFault(text), what)
}

function nestsTooDeep(cause?: unknown, what?: string): YakError {
  return notJson(`it nests deeper than ${LIMITS.maxJsonDepth} levels`, cause, '', what)
}

const PLACE = / at position \d+( \(line \d+ column \d+\))?$/

function notJson(reason: string, cause?: unknown, place = '', what = 'text'): YakError {
  return new YakError('INVALID_JSON', `The ${what} can not be read as JSON${place}: ${reason}. Send valid JSON.`, {
    cause,
  })
}

/** JSON.parse names a place for some faults only, and of an open string its end; this is where what does not belong begins. */
function placeOfFault(text: string): string {
  const reader = new JsonReader(text, Number)
  reader.read()
  let line = 1
  let start = 0
  for (let end = text.indexOf('\n'); end !== -1 && end < reader.index; end = text.indexOf('\n', start)) {
    line++
    start = end + 1
  }
  return ` at line ${line}, column ${reader.index - start + 1}`
}

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const SPACE = 0x20

/**
 * The deepest nesting, where the text is JSON; anything where it is not. Reading and writing a value use stack frames for
 * each level, and so must be kept from ever seeing too many.
 */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === QUOTE) {
      index = endOfString(text, index)
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      depth--
    }
  }
  return deepest
}

/** What a read answers with when the text is not JSON; no value of JSON is it. */
const FAULT = Symbol('fault')

/**
 *     value  = object | array | string | number | true | false | null       with white space around each
 *     object = { }  |  { string : value  (, string : value)* }
 *     array  = [ ]  |  [ value (, value)* ]
 */
class JsonReader {
  result: unknown
  readonly #text: string
  readonly #toNumber: (text: string) => unknown
  #index = 0

  constructor(text: string, toNumber: (text: string) => unknown) {
    this.#text = text
    this.#toNumber = toNumber
  }

  /** Where reading stopped: after a `read` that found a fault, the beginning of what does not belong there. */
  get index(): number {
    return this.#index
  }

  /** Whether the text is JSON, from its beginning to its end. */
  read(): boolean {
    this.result = this.#value()
    return this.result !== FAULT && this.#next() === -1
  }

  #value(): unknown {
    const unit = this.#next()
    if (unit === QUOTE) return this.#string()
    if (unit === OPEN_BRACE) return this.#object()
    if (unit === OPEN_BRACKET) return this.#array()
    if (unit === MINUS || (unit >= ZERO && unit <= NINE)) return this.#number()
    return this.#literal()
  }

  #object(): unknown {
    const object: Record<string, unknown> = {}
    this.#index++
    if (this.#take(CLOSE_BRACE)) return object
    do {
      if (this.#next() !== QUOTE) return FAULT
      const key = this.#string()
      if (typeof key !== 'string' || !this.#take(COLON)) return FAULT
      const value = this.#value()
      if (value === FAULT) return FAULT
      // Assigned, it would become the prototype.
      if (key === '__proto__') defineField(object, key, value)
      else object[key] = value
    } while (this.#take(COMMA))
    return this.#take(CLOSE_BRACE) ? object : FAULT
  }

  #array(): unknown {
    const array: unknown[] = []
    this.#index++
    if (this.#take(CLOSE_BRACKET)) return array
    do {
      const value = this.#value()
      if (value === FAULT) return FAULT
      array.push(value)
    } while (this.#take(COMMA))
    return this.#take(CLOSE_BRACKET) ? array : FAULT
  }

  #string(): unknown {
    const start = this.#index
    for (let index = start + 1; index < this.#text.length; index++) {
      const unit = this.#text.charCodeAt(index)
      if (unit === QUOTE) {
        this.#index = index + 1
        return this.#text.slice(start + 1, index)
      }
      if (unit === BACKSLASH) return this.#escapedString()
      if (unit < SPACE) return FAULT
    }
    return FAULT
  }

  #escapedString(): unknown {
    const start = this.#index
    this.#index = endOfString(this.#text, start) + 1
    try {
      return JSON.parse(this.#text.slice(start, this.#index))
    } catch {
      this.#index = start
      return FAULT
    }
  }

  #number(): unknown {
    const text = this.#match(NUMBER)
    return text === undefined ? FAULT : this.#toNumber(text)
  }

  #literal(): unknown {
    const text = this.#match(LITERAL)
    if (text === undefined) return FAULT
    return text === 'null' ? null : text === 'true'
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index
    const text = pattern.exec(this.#text)?.[0]
    this.#index += text?.length ?? 0
    return text
  }

  #take(unit: number): boolean {
    if (this.#next() !== unit) return false
    this.#index++
    return true
  }

  /** The unit after white space, which stays to be taken; -1 at the end. */
  #next(): number {
    for (; this.#index < this.#text.length; this.#index++) {
      const unit = this.#text.charCodeAt(this.#index)
      if (unit !== SPACE && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return unit
    }
    return -1
  }
}

function defineField(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}
