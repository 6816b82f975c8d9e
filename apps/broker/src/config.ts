import { parseArgs } from 'node:util'
import { z } from 'zod'
import { memberListOf } from './cluster/member-list.ts'
import { ConfigError } from './config-error.ts'
import { withoutSecrets } from './config-secrets.ts'
import { type BrokerConfig, type BrokerSettings, settings } from './config-settings.ts'
import { nearestName } from './nearest-name.ts'

export { ConfigError } from './config-error.ts'
export type { BrokerConfig, BrokerSettings, LogLevel } from './config-settings.ts'

const settingNames = Object.keys(settings) as (keyof BrokerConfig)[]

/** One zod schema of all settings; flags and variables come as text and are read by the same rules as values in code. */
const configSchema = z.strictObject(
  Object.fromEntries(settingNames.map((name) => [name, settings[name].schema])),
) as unknown as z.ZodType<BrokerConfig>

/** `maxInFlightBytes` → `max-in-flight-bytes`. */
function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** `max-in-flight-bytes` → `YAK_MAX_IN_FLIGHT_BYTES`. */
function variableOf(flag: string): string {
  return `YAK_${flag.replaceAll('-', '_').toUpperCase()}`
}

/** Where a value came from, for the error that names it. */
interface Given {
  readonly value: unknown
  readonly source: string
}

/** Checks settings given in code. Throws `ConfigError`. */
export function resolveConfig(given: BrokerSettings = {}): BrokerConfig {
  const values = new Map<string, Given>()
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) values.set(name, { value, source: name })
  }
  return checked(values)
}

/** Where a setting was given; `code`: by the program that started the broker within itself. */
export type SettingSource = 'flag' | 'environment' | 'code'

/** Of the settings that were given; the others have their default. */
export type SettingSources = ReadonlyMap<string, SettingSource>

/**
 * Settings from flags and, where a flag is absent, from `YAK_…` variables. A variable set to nothing counts as absent.
 * Throws `ConfigError` that names the flag or variable, the value, and what is allowed.
 */
export function configFromCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): BrokerConfig {
  return readCommandLine(args, environment).config
}

/** As `configFromCommandLine`, and where each setting came from. */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly config: BrokerConfig; readonly sources: SettingSources } {
  const nameByFlag = new Map<string, keyof BrokerConfig>(settingNames.map((name) => [flagOf(name), name]))
  const known = [...nameByFlag.keys()]
  const given = new Map<string, Given>()
  for (const flag of known) {
    const value = environment[variableOf(flag)]
    if (value !== undefined && value !== '') given.set(flag, { value, source: variableOf(flag) })
  }
  for (const [flag, value] of parsedFlags(args, known)) given.set(flag, { value, source: `--${flag}` })

  const byName = new Map([...given].map(([flag, value]) => [nameByFlag.get(flag) ?? flag, value]))
  const sources = new Map(
    [...byName].map(([name, { source }]) => [name, source.startsWith('--') ? 'flag' : 'environment'] as const),
  )
  return { config: checked(byName), sources }
}

/** Of settings given in code. */
export function sourcesInCode(given: BrokerSettings): SettingSources {
  return new Map(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, 'code']])))
}

function parsedFlags(args: readonly string[], known: readonly string[]): Map<string, string> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(known.map((flag) => [flag, { type: 'string' as const }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const flags = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new ConfigError(`"${token.value}" stands alone. Give settings as --name value; see --help.`)
    }
    if (token.kind === 'option-terminator') continue
    if (!known.includes(token.name)) {
      const nearest = nearestName(token.name, known)
      throw new ConfigError(
        `There is no flag ${token.rawName}.${nearest === undefined ? '' : ` Did you mean --${nearest}?`} See --help for all.`,
      )
    }
    if (token.value === undefined || token.value === '') {
      throw new ConfigError(`--${token.name} needs a value: --${token.name} VALUE.`)
    }
    // A value that was forgotten, far more often than a text that begins so. A negative number is a value.
    if (!token.inlineValue && /^-\D/.test(token.value)) {
      throw new ConfigError(
        `--${token.name} needs a value: --${token.name} VALUE. For one that begins with a dash write --${token.name}=${token.value}.`,
      )
    }
    if (flags.has(token.name)) throw new ConfigError(`--${token.name} is given twice. Give it once.`)
    flags.set(token.name, token.value)
  }
  return flags
}

function checked(given: ReadonlyMap<string, Given>): BrokerConfig {
  const result = configSchema.safeParse(Object.fromEntries([...given].map(([name, { value }]) => [name, value])))
  if (!result.success) {
    const issue = result.error.issues[0]!
    if (issue.code === 'unrecognized_keys') {
      const name = issue.keys[0]!
      const nearest = nearestName(name, settingNames)
      throw new ConfigError(
        `There is no setting ${name}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`} See docs/operations.md.`,
      )
    }
    const name = String(issue.path[0]) as keyof BrokerConfig
    const found = given.get(name)
    throw new ConfigError(`${found?.source ?? name} is ${shown(found?.value)}. Give ${settings[name].allowed}.`)
  }
  return withSoundRelations(result.data)
}

/** What no single setting can see: a record must fit a batch, a batch a request, a request what may be in flight. */
function withSoundRelations(config: BrokerConfig): BrokerConfig {
  const ascending = ['maxRecordBytes', 'maxBatchBytes', 'maxRequestBytes', 'maxInFlightBytes'] as const
  for (const [index, larger] of ascending.entries()) {
    const smaller = ascending[index - 1]
    if (smaller !== undefined && config[larger] < config[smaller]) {
      throw new ConfigError(
        `--${flagOf(larger)} is ${config[larger]}, less than --${flagOf(smaller)} ${config[smaller]}. Give at least as much.`,
      )
    }
  }
  if (config.segmentBytes < config.maxBatchBytes) {
    throw new ConfigError(
      `--segment-bytes is ${config.segmentBytes}, less than --max-batch-bytes ${config.maxBatchBytes}. Give at least as much.`,
    )
  }
  if (config.headersTimeoutMs > config.requestTimeoutMs) {
    throw new ConfigError(
      `--headers-timeout-ms is ${config.headersTimeoutMs}, more than --request-timeout-ms ${config.requestTimeoutMs}. Give at most as much.`,
    )
  }
  memberListOf(config)
  return Object.freeze(config)
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `"${withoutSecrets(value)}"` : String(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** One row of `yak broker --help` and of docs/operations.md. */
export interface ConfigOption {
  /** In code: `dataDir`. */
  readonly name: keyof BrokerConfig
  /** On the command line, with its dashes. */
  readonly flag: string
  /** In the environment: `YAK_…`. */
  readonly variable: string
  /** What it decides, for the help. */
  readonly description: string
  /** Of a number, such as `ms`; empty without one. */
  readonly unit: string
  /** Which values it takes, for people. */
  readonly allowed: string
  /** As it would be written on the command line; empty without one. */
  readonly default: string
  /** The same as a value. */
  readonly defaultValue: string | number | boolean
}

/** Every setting, in the order of the help. */
export function configOptions(): ConfigOption[] {
  const defaults = resolveConfig()
  return settingNames.map((name) => {
    const { description, unit, allowed } = settings[name]
    const flag = flagOf(name)
    return {
      name,
      flag: `--${flag}`,
      variable: variableOf(flag),
      description,
      unit,
      allowed,
      default: String(defaults[name]),
      defaultValue: defaults[name],
    }
  })
}

/** The text of `yak broker --help`. */
export function configHelp(): string {
  const lines = configOptions().map((option) => {
    const fallback =
      option.default === '' ? '' : ` (default ${option.default}${option.unit === '' ? '' : ` ${option.unit}`})`
    return `  ${option.flag.padEnd(32)}${option.description}${fallback}`
  })
  return [
    'Usage: yak broker [--name value]…',
    '',
    'Each setting may also stand in the environment: --data-dir is YAK_DATA_DIR.',
    '',
    ...lines,
    '',
  ].join('\n')
}
