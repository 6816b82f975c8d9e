/**
 * The filter's little language, read by hand: nothing of it is ever run as code.
 *
 *     or         = and ("||" and)*
 *     and        = unary ("&&" unary)*
 *     unary      = "!" unary | "(" or ")" | test
 *     test       = call | operand [ ("==" | "!=" | "<" | "<=" | ">" | ">=") operand | "in" "[" operand ("," operand)* "]" ]
 *     call       = "exists" "(" path ")" | ("contains" | "startsWith" | "endsWith") "(" operand "," operand ")"
 *     operand    = path | string | number | "true" | "false" | "null"
 *     path       = root ("." name | "[" (string | digits) "]")*
 *     root       = "key" | "value" | "headers" | "$p" | "$o" | "$t" | "$e" | "$size"
 */
export type Expression =
  | { readonly kind: 'or' | 'and'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'in'; readonly left: Operand; readonly choices: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: TextTest; readonly left: Operand; readonly right: Operand }
  /** A path or literal by itself: true when it is the JSON `true`. */
  | { readonly kind: 'truth'; readonly operand: Operand }

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
export type TextTest = 'contains' | 'startsWith' | 'endsWith'
export type Operand = Path | Literal

export const roots = ['key', 'value', 'headers', '$p', '$o', '$t', '$e', '$size'] as const
export type Root = (typeof roots)[number]

export interface Path {
  readonly kind: 'path'
  readonly root: Root
  readonly steps: readonly (string | number)[]
}

export interface Literal {
  readonly kind: 'string' | 'number' | 'true' | 'false' | 'null'
  /** A string's characters; a number's text. */
  readonly text: string
}

/** Why a filter cannot be read, and at which character (from 0). */
export interface FilterFault {
  readonly kind: 'fault'
  readonly message: string
  readonly index: number
}

export const maxFilterLength = 2_000
const maxDepth = 50

interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign' | 'end'
  readonly text: string
  readonly index: number
}

class Fault extends Error {
  readonly index: number
  constructor(message: string, index: number) {
    super(message)
    this.index = index
  }
}

/** The expression, or the fault. Never throws. */
export function parseFilter(text: string): Expression | FilterFault {
  try {
    if (text.length > maxFilterLength)
      throw new Fault(`A filter has at most ${maxFilterLength} characters`, maxFilterLength)
    return new Parser(tokensOf(text)).whole()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { kind: 'fault', message: error.message, index: error.index }
  }
}

const TOKEN =
  /\s*(?:([$A-Za-z_][\w$-]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(==|!=|<=|>=|&&|\|\||[<>!()[\],.]))/y

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (found === null) break
    const [whole, name, string, number, sign] = found
    const index = at + whole.length - (name ?? string ?? number ?? sign ?? '').length
    if (name !== undefined) tokens.push({ kind: 'name', text: name, index })
    else if (string !== undefined) tokens.push({ kind: 'string', text: unquote(string, index), index })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, index })
    else tokens.push({ kind: 'sign', text: sign!, index })
    at += whole.length
  }
  const rest = text.slice(at)
  const blank = rest.length - rest.trimStart().length
  if (blank < rest.length) throw new Fault(strayMessage(rest.trimStart()), at + blank)
  tokens.push({ kind: 'end', text: '', index: text.length })
  return tokens
}

function strayMessage(rest: string): string {
  const first = rest[0]!
  if (first === '"' || first === "'") return 'This string is not closed'
  if (first === '=') return 'Write == to compare'
  if (first === '&' || first === '|') return `Write ${first}${first}`
  return `${JSON.stringify([...rest][0])} means nothing here`
}

function unquote(quoted: string, index: number): string {
  const inner = quoted.slice(1, -1)
  try {
    return JSON.parse(
      quoted[0] === '"' ? quoted : `"${inner.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"')}"`,
    ) as string
  } catch {
    throw new Fault('This string has an escape that JSON does not know', index)
  }
}

const comparisons: ReadonlySet<string> = new Set<Comparison>(['==', '!=', '<', '<=', '>', '>='])
const textTests: ReadonlySet<string> = new Set<TextTest>(['contains', 'startsWith', 'endsWith'])

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    const expression = this.#or()
    const rest = this.#peek()
    if (rest.kind !== 'end') throw new Fault(`&& or || is expected before ${shown(rest)}`, rest.index)
    return expression
  }

  #or(): Expression {
    if (++this.#depth > maxDepth) throw new Fault(`It nests deeper than ${maxDepth} levels`, this.#peek().index)
    let left = this.#and()
    while (this.#take('||')) left = { kind: 'or', left, right: this.#and() }
    this.#depth--
    return left
  }

  #and(): Expression {
    let left = this.#unary()
    while (this.#take('&&')) left = { kind: 'and', left, right: this.#unary() }
    return left
  }

  #unary(): Expression {
    if (this.#take('!')) {
      if (++this.#depth > maxDepth) throw new Fault(`It nests deeper than ${maxDepth} levels`, this.#peek().index)
      const inner = this.#unary()
      this.#depth--
      return { kind: 'not', inner }
    }
    if (this.#take('(')) {
      const inner = this.#or()
      this.#expect(')')
      return inner
    }
    return this.#test()
  }

  #test(): Expression {
    const first = this.#peek()
    if (first.kind === 'name' && this.#peek(1).text === '(') return this.#call(first)
    const left = this.#operand()
    const next = this.#peek()
    if (next.kind === 'sign' && comparisons.has(next.text)) {
      this.#at++
      return { kind: 'compare', operator: next.text as Comparison, left, right: this.#operand() }
    }
    if (next.kind === 'name' && next.text === 'in') {
      this.#at++
      this.#expect('[')
      const choices = [this.#operand()]
      while (this.#take(',')) choices.push(this.#operand())
      this.#expect(']')
      return { kind: 'in', left, choices }
    }
    return { kind: 'truth', operand: left }
  }

  #call(name: Token): Expression {
    this.#at += 2
    if (name.text === 'exists') {
      const path = this.#operand()
      if (path.kind !== 'path') throw new Fault('exists(…) takes a path such as value.user.id', name.index)
      this.#expect(')')
      return { kind: 'exists', path }
    }
    if (!textTests.has(name.text))
      throw new Fault(`There is no ${name.text}(…): use exists, contains, startsWith or endsWith`, name.index)
    const left = this.#operand()
    this.#expect(',')
    const right = this.#operand()
    this.#expect(')')
    return { kind: name.text as TextTest, left, right }
  }

  #operand(): Operand {
    const token = this.#peek()
    if (token.kind === 'string' || token.kind === 'number') {
      this.#at++
      return { kind: token.kind, text: token.text }
    }
    if (token.kind !== 'name') throw new Fault(`A path or a value is expected, not ${shown(token)}`, token.index)
    this.#at++
    if (token.text === 'true' || token.text === 'false' || token.text === 'null')
      return { kind: token.text, text: token.text }
    if (!(roots as readonly string[]).includes(token.text))
      throw new Fault(
        `${token.text} is not known: begin with key, value, headers, $p, $o, $t, $e or $size${this.#at === 1 ? '' : ', or put text in quotes'}`,
        token.index,
      )
    return { kind: 'path', root: token.text as Root, steps: this.#steps() }
  }

  #steps(): readonly (string | number)[] {
    const steps: (string | number)[] = []
    for (;;) {
      if (this.#take('.')) {
        const name = this.#peek()
        if (name.kind !== 'name') throw new Fault(`A field's name is expected after the dot`, name.index)
        this.#at++
        steps.push(name.text)
      } else if (this.#take('[')) {
        const step = this.#peek()
        if (step.kind !== 'string' && !/^\d{1,9}$/.test(step.text))
          throw new Fault('In brackets stands an index, or a name in quotes', step.index)
        this.#at++
        steps.push(step.kind === 'string' ? step.text : Number(step.text))
        this.#expect(']')
      } else return steps
    }
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!
  }

  #take(sign: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'sign' || token.text !== sign) return false
    this.#at++
    return true
  }

  #expect(sign: string): void {
    const token = this.#peek()
    if (!this.#take(sign)) throw new Fault(`${sign} is expected, not ${shown(token)}`, token.index)
  }
}

function shown({ kind, text }: Token): string {
  return kind === 'end' ? 'the end' : kind === 'string' ? JSON.stringify(text) : text
}
