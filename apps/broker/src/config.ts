import { parseArgs } from 'node:util'
import { LIMITS } from '@yak/protocol'
import { z } from 'zod'
import { nearestName } from './nearest-name.ts'

/** Every setting of a broker, resolved. Resolved once, never changed. */
export interface BrokerConfig {
  /** Name of this broker in its cluster. Default `1`. */
  readonly id: string
  /** TCP port; 0 takes a free one. Default 5001. */
  readonly port: number
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host: string
  /** Base URL under which clients reach this broker; empty: made of host and port. Default empty. */
  readonly advertise: string
  /** Folder that holds everything the broker must not lose. Default `yak-data`. */
  readonly dataDir: string

  /** Partitions of a topic that does not name its own. Default 3. */
  readonly defaultPartitions: number
  /** Whether a first message creates its topic. Default true. */
  readonly autoCreateTopics: boolean
  /** When an acknowledged record is on disk: `always` before the answer, `interval` soon after (relaxed). Default `always`. */
  readonly flush: 'always' | 'interval'
  /** Milliseconds between syncs of topics with `flush: interval`. Default 1,000. */
  readonly flushIntervalMs: number
  /** Bytes at which a segment file is closed and a new one begun. Default 128 MiB. */
  readonly segmentBytes: number
  /** Milliseconds after which a segment is closed even when it is small. Default 7 days. */
  readonly segmentMs: number
  /** Bytes one partition keeps; −1: no limit. Default −1. */
  readonly retentionBytes: number
  /** Milliseconds a record is kept at least; −1: for ever. Default 7 days. */
  readonly retentionMs: number
  /** Milliseconds between two looks for segments that retention lets go. Default 30,000. */
  readonly retentionCheckMs: number

  /** Bytes of requests and answers held at once, before the broker answers OVERLOADED. Default 64 MiB. */
  readonly maxInFlightBytes: number
  /** Bytes of one request body. Default 16 MiB. */
  readonly maxRequestBytes: number
  /** Bytes of one record: key, value and headers. Default 1 MiB. */
  readonly maxRecordBytes: number
  /** Bytes of one record batch. Default 4 MiB. */
  readonly maxBatchBytes: number
  /** Connections open at once. Default 10,000. */
  readonly maxConnections: number
  /** Requests under way at once on one connection. Default 128. */
  readonly maxRequestsPerConnection: number
  /** Milliseconds within which the headers of a request must be there. Default 10,000. */
  readonly headersTimeoutMs: number
  /** Milliseconds within which a whole request must be there. Default 60,000. */
  readonly requestTimeoutMs: number
  /** Milliseconds without a request after which a connection is closed. Default 120,000. */
  readonly idleTimeoutMs: number

  /** Free bytes of the disk below which produce is refused. Default 256 MiB. */
  readonly minFreeDiskBytes: number
  /** Milliseconds between two looks at the free space. Default 2,000. */
  readonly diskCheckMs: number
  /** Milliseconds a stop may take before connections are cut. Default 10,000. */
  readonly shutdownTimeoutMs: number
  /** What is logged. Default `info`. */
  readonly logLevel: LogLevel
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** What `startBroker` takes: any setting; the others have their default. */
export type BrokerSettings = { readonly [Name in keyof BrokerConfig]?: BrokerConfig[Name] | undefined }

/** A wrong flag, variable or value. The message is one line and says what is allowed. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
}

interface Setting<Value> {
  readonly schema: z.ZodType<Value>
  readonly description: string
  /** Of the number, for the help; empty where there is none. */
  readonly unit: string
  /** What may stand there, as the end of the sentence "give …". */
  readonly allowed: string
}

const numberText = /^-?\d{1,16}$/

function wholeNumber(
  description: string,
  range: { readonly default: number; readonly min: number; readonly max: number; readonly unit?: string },
): Setting<number> {
  const { min, max, unit = '' } = range
  return {
    schema: z
      .preprocess(
        (value) => (typeof value === 'string' && numberText.test(value.trim()) ? Number(value) : value),
        z.int().min(min).max(max),
      )
      .default(range.default),
    description,
    unit,
    allowed: `a whole number from ${min} to ${max}`,
  }
}

/** As `wholeNumber`, and −1 means that there is no limit. */
function numberOrUnlimited(
  description: string,
  range: { readonly default: number; readonly min: number; readonly max: number; readonly unit?: string },
): Setting<number> {
  const { min, max } = range
  return {
    ...wholeNumber(description, range),
    schema: z
      .preprocess(
        (value) => (typeof value === 'string' && numberText.test(value.trim()) ? Number(value) : value),
        z.union([z.literal(-1), z.int().min(min).max(max)]),
      )
      .default(range.default),
    allowed: `-1 for no limit, or a whole number from ${min} to ${max}`,
  }
}

function trueOrFalse(description: string, fallback: boolean): Setting<boolean> {
  return {
    schema: z
      .preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
      .default(fallback),
    description,
    unit: '',
    allowed: 'true or false',
  }
}

function oneOf<const Name extends string>(
  description: string,
  names: readonly Name[],
  fallback: NoInfer<Name>,
): Setting<Name> {
  return {
    schema: z.enum(names).default(fallback as never) as z.ZodType<Name>,
    description,
    unit: '',
    allowed: names.join(', '),
  }
}

function text(
  description: string,
  rule: { readonly pattern: RegExp; readonly allowed: string; readonly default: string },
): Setting<string> {
  return {
    schema: z.string().regex(rule.pattern).default(rule.default),
    description,
    unit: '',
    allowed: rule.allowed,
  }
}

const day = 86_400_000
const year = 365 * day
const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const gibibyte = 1024 * mebibyte
const tebibyte = 1024 * gibibyte
const pebibyte = 1024 * tebibyte

const settings: { readonly [Name in keyof BrokerConfig]: Setting<BrokerConfig[Name]> } = {
  id: text('name of this broker in its cluster', {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    allowed: '1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit',
    default: '1',
  }),
  port: wholeNumber('TCP port; 0 takes a free one', { default: 5001, min: 0, max: 65_535 }),
  host: text('address to listen on', {
    pattern: /^[0-9A-Za-z.:_-]{1,255}$/,
    allowed: 'an address or host name, such as 127.0.0.1 or 0.0.0.0',
    default: '127.0.0.1',
  }),
  advertise: text('base URL under which clients reach this broker; made of host and port unless given', {
    pattern: /^$|^https?:\/\/[^\s/?#]+$/,
    allowed: 'a URL without a path, such as http://broker-1.example:5001',
    default: '',
  }),
  dataDir: text('folder that holds everything the broker must not lose', {
    pattern: /^[^\0]+$/,
    allowed: 'a path',
    default: 'yak-data',
  }),
  defaultPartitions: wholeNumber('partitions of a topic that does not name its own', {
    default: LIMITS.defaultPartitions,
    min: 1,
    max: LIMITS.maxPartitionsPerTopic,
  }),
  autoCreateTopics: trueOrFalse('whether a first message creates its topic', true),
  flush: oneOf(
    'default of topics: sync before the answer (always), or soon after (interval)',
    ['always', 'interval'],
    'always',
  ),
  flushIntervalMs: wholeNumber('time between syncs of topics with flush interval', {
    default: 1_000,
    min: 1,
    max: 60_000,
    unit: 'ms',
  }),
  segmentBytes: wholeNumber('size at which a segment file is closed', {
    default: 128 * mebibyte,
    min: mebibyte,
    max: gibibyte,
    unit: 'bytes',
  }),
  segmentMs: wholeNumber('age at which a segment file is closed', {
    default: 7 * day,
    min: 1_000,
    max: 100 * year,
    unit: 'ms',
  }),
  retentionBytes: numberOrUnlimited('size a partition keeps', {
    default: -1,
    min: mebibyte,
    max: pebibyte,
    unit: 'bytes',
  }),
  retentionMs: numberOrUnlimited('time a record is kept', {
    default: 7 * day,
    min: 1_000,
    max: 100 * year,
    unit: 'ms',
  }),
  retentionCheckMs: wholeNumber('time between two looks for segments to let go', {
    default: 30_000,
    min: 100,
    max: day,
    unit: 'ms',
  }),
  maxInFlightBytes: wholeNumber('requests and answers held at once before OVERLOADED', {
    default: LIMITS.maxInFlightBytes,
    min: mebibyte,
    max: 4 * gibibyte,
    unit: 'bytes',
  }),
  maxRequestBytes: wholeNumber('size of one request body', {
    default: LIMITS.maxRequestBytes,
    min: 64 * kibibyte,
    max: 256 * mebibyte,
    unit: 'bytes',
  }),
  maxRecordBytes: wholeNumber('size of one record: key, value and headers', {
    default: LIMITS.maxRecordBytes,
    min: kibibyte,
    max: 64 * mebibyte,
    unit: 'bytes',
  }),
  maxBatchBytes: wholeNumber('size of one record batch', {
    default: LIMITS.maxBatchBytes,
    min: 2 * kibibyte,
    max: 64 * mebibyte,
    unit: 'bytes',
  }),
  maxConnections: wholeNumber('connections open at once', { default: 10_000, min: 1, max: 1_000_000 }),
  maxRequestsPerConnection: wholeNumber('requests under way at once on one connection', {
    default: 128,
    min: 1,
    max: 10_000,
  }),
  headersTimeoutMs: wholeNumber('time for the headers of a request to arrive', {
    default: 10_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
  }),
  requestTimeoutMs: wholeNumber('time for a whole request to arrive', {
    default: 60_000,
    min: 100,
    max: 3_600_000,
    unit: 'ms',
  }),
  idleTimeoutMs: wholeNumber('time without a request after which a connection is closed', {
    default: 120_000,
    min: 1_000,
    max: 3_600_000,
    unit: 'ms',
  }),
  minFreeDiskBytes: wholeNumber('free disk space below which produce is refused', {
    default: 256 * mebibyte,
    min: 0,
    max: pebibyte,
    unit: 'bytes',
  }),
  diskCheckMs: wholeNumber('time between two looks at the free disk space', {
    default: 2_000,
    min: 10,
    max: 600_000,
    unit: 'ms',
  }),
  shutdownTimeoutMs: wholeNumber('time a stop may take before connections are cut', {
    default: 10_000,
    min: 0,
    max: 600_000,
    unit: 'ms',
  }),
  logLevel: oneOf('what is logged', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
}

const settingNames = Object.keys(settings) as (keyof BrokerConfig)[]

/** One zod schema of all settings; flags and variables come as text and are read by the same rules as values in code. */
const configSchema = z.strictObject(
  Object.fromEntries(settingNames.map((name) => [name, settings[name].schema])),
) as unknown as z.ZodType<BrokerConfig>

/**
 * Settings of a cluster of several brokers, which this version does not run yet. Known, so that they are refused with a
 * sentence about them; a value that is true of a single broker is accepted.
 */
const clusterFlags: Readonly<
  Record<string, { readonly accepts: (value: string, id: string) => boolean; readonly refusal: string }>
> = {
  peers: {
    accepts: (value, id) => value.split(',').length === 1 && value.startsWith(`${id}=`),
    refusal: 'This version runs a single broker: leave --peers out, or name only this broker in it.',
  },
  coordinator: {
    accepts: () => false,
    refusal: 'This version runs a single broker, which needs no coordinator: leave --coordinator out.',
  },
  role: {
    accepts: (value) => value === 'leader',
    refusal: 'This version runs a single broker, which always leads: leave --role out, or give leader.',
  },
  'lease-ms': {
    accepts: () => false,
    refusal: 'This version runs a single broker, which holds no lease: leave --lease-ms out.',
  },
  'min-insync': {
    accepts: (value) => value === '1',
    refusal: 'This version runs a single broker, so one replica is all there is: leave --min-insync out, or give 1.',
  },
}

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

/**
 * Settings from flags and, where a flag is absent, from `YAK_…` variables. A variable set to nothing counts as absent.
 * Throws `ConfigError` that names the flag or variable, the value, and what is allowed.
 */
export function configFromCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): BrokerConfig {
  const nameByFlag = new Map<string, keyof BrokerConfig>(settingNames.map((name) => [flagOf(name), name]))
  const known = [...nameByFlag.keys(), ...Object.keys(clusterFlags)]
  const given = new Map<string, Given>()
  for (const flag of known) {
    const value = environment[variableOf(flag)]
    if (value !== undefined && value !== '') given.set(flag, { value, source: variableOf(flag) })
  }
  for (const [flag, value] of parsedFlags(args, known)) given.set(flag, { value, source: `--${flag}` })

  const id = String(given.get('id')?.value ?? '1')
  for (const [flag, rule] of Object.entries(clusterFlags)) {
    const found = given.get(flag)
    given.delete(flag)
    if (found !== undefined && !rule.accepts(String(found.value), id)) {
      throw new ConfigError(`${found.source} ${shown(found.value)} is not possible. ${rule.refusal}`)
    }
  }
  return checked(new Map([...given].map(([flag, value]) => [nameByFlag.get(flag) ?? flag, value])))
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
  return Object.freeze(config)
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : String(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** One row of `yak broker --help` and of docs/operations.md. */
export interface ConfigOption {
  readonly flag: string
  readonly variable: string
  readonly description: string
  readonly unit: string
  readonly allowed: string
  readonly default: string
}

/** Every setting, in the order of the help. */
export function configOptions(): ConfigOption[] {
  const defaults = resolveConfig()
  return settingNames.map((name) => {
    const { description, unit, allowed } = settings[name]
    const flag = flagOf(name)
    return {
      flag: `--${flag}`,
      variable: variableOf(flag),
      description,
      unit,
      allowed,
      default: String(defaults[name]),
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
