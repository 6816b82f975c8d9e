import { parseArgs } from 'node:util'
import { type Option, type Options, type OptionValues, variableOf } from './option.ts'
import { UsageError } from './usage-error.ts'

export interface ParsedArguments<O extends Options> {
  readonly positionals: readonly string[]
  readonly values: OptionValues<O>
}

/**
 * Flags, then the environment, then defaults. Throws `UsageError` naming the flag or variable, the value and what is
 * allowed. `node:util` splits the line; what it would guess in silence (a value that looks like a flag, a flag given
 * twice) is an error here.
 */
export function parseArguments<const O extends Options>(
  args: readonly string[],
  options: O,
  environment: Readonly<Record<string, string | undefined>>,
): ParsedArguments<O> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        { type: option.type === 'flag' ? ('boolean' as const) : ('string' as const), multiple: true },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })

  const positionals: string[] = []
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name]! : undefined
    if (option === undefined) {
      throw new UsageError(`There is no flag ${token.rawName}.`, {
        name: token.name,
        known: [...Object.keys(options), 'help'],
        prefix: '--',
      })
    }
    const earlier = given.get(token.name)
    if (earlier !== undefined && option.type !== 'text-list') {
      throw new UsageError(`--${token.name} is given twice. Give it once.`)
    }
    given.set(token.name, [...(earlier ?? []), flagText(token, option)])
  }

  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(options)) {
    const texts = given.get(name)
    const variable = environment[variableOf(name, option)]
    if (texts !== undefined) values[name] = readValue(option, texts, `--${name}`)
    else if (variable !== undefined && variable !== '') {
      const entries = option.type === 'text-list' ? variable.split(',') : [variable]
      values[name] = readValue(option, entries, variableOf(name, option))
    } else values[name] = defaultOf(option)
  }
  return { positionals, values: values as OptionValues<O> }
}

interface OptionToken {
  readonly name: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function flagText(token: OptionToken, option: Option): string {
  const { name, value } = token
  if (option.type === 'flag') return value ?? 'true'
  if (value === undefined) throw new UsageError(`--${name} needs a value: --${name} ${placeholderOf(option)}.`)
  // `--key --json` forgets a value far more often than it means the text "--json". A negative number is a value.
  if (!token.inlineValue && /^-\D/.test(value)) {
    throw new UsageError(
      `--${name} needs a value: --${name} ${placeholderOf(option)}. For one that begins with a dash write --${name}=${value}.`,
    )
  }
  return value
}

function readValue(option: Option, texts: readonly string[], source: string): unknown {
  const text = texts[0]!
  if (option.type === 'text-list') return texts
  if (option.type === 'text') return text
  if (option.type === 'flag') {
    if (['true', '1', 'yes'].includes(text)) return true
    if (['false', '0', 'no'].includes(text)) return false
    throw new UsageError(`${source} is "${text}". Give true or false.`)
  }
  if (option.type === 'integer') {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(value) && value >= option.min && value <= option.max) return value
    throw new UsageError(`${source} is "${text}". Give a whole number from ${option.min} to ${option.max}.`)
  }
  if (option.choices.includes(text)) return text
  throw new UsageError(`${source} is "${text}". Give ${option.choices.join(', ')}.`, {
    name: text,
    known: option.choices,
    prefix: '',
  })
}

function defaultOf(option: Option): unknown {
  if (option.type === 'flag') return false
  if (option.type === 'text-list') return []
  return option.default
}

/** What stands for the value in usage lines: `N`, `csv|ndjson|lines`. */
export function placeholderOf(option: Option): string {
  if (option.type === 'flag') return ''
  if (option.type === 'choice') return option.choices.join('|')
  return option.placeholder
}
