import { parseArgs } from 'node:util'
import { type ConfigurationChoice, FAULTS, type FaultName } from './configuration.ts'
import { mutations } from './mutations.ts'

const usage = `pnpm simulate --seeds 10000            many seeds on all processors: rate, coverage, failures
pnpm simulate --seed 17 --trace        one seed, readably
pnpm simulate --mutations              each rule of the core taken out in turn: does a seed notice?

  --seeds N         how many (default 200)
  --from N          the first of them (default 1)
  --driven          all on the driver and the real log; by default odd seeds are
  --model           all on the core with a modelled log; by default even seeds are
  --brokers N, --min-insync N, --faults A,B
                    fix what the seed would choose
  --relaxed         in every seed one of two topics is relaxed, and power is cut
  --mutation NAME   takes one rule out; with --mutations runs that one alone
  --steered         with --mutation: the seeds of --mutations, with the guard beside it out as well
  --workers N       threads (default: one for each processor)
  --keep-going      does not stop at the first failure`

export interface Flags {
  readonly seeds: number
  readonly from: number
  /** One alone. */
  readonly seed: number | undefined
  readonly isTraced: boolean
  readonly runsMutations: boolean
  readonly mutation: string | undefined
  /** Seeds as --mutations has them. */
  readonly isSteered: boolean
  readonly workers: number | undefined
  readonly keepsGoing: boolean
  readonly choice: ConfigurationChoice
}

/** Ends the process with the usage, and code 2, when they make no sense. */
export function readFlags(): Flags {
  try {
    return parsed()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}\n`)
    process.exit(2)
  }
}

function parsed(): Flags {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      driven: { type: 'boolean', default: false },
      model: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
      mutation: { type: 'string' },
      steered: { type: 'boolean', default: false },
      brokers: { type: 'string' },
      'min-insync': { type: 'string' },
      faults: { type: 'string' },
      relaxed: { type: 'boolean', default: false },
      workers: { type: 'string' },
      'keep-going': { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  const { mutation, trace, mutations: runsMutations } = values
  if (mutation !== undefined && !mutations.some(({ name }) => name === mutation)) {
    throw new TypeError(
      `--mutation: ${mutation} is none. They are:\n  ${mutations.map(({ name }) => name).join('\n  ')}`,
    )
  }
  const seed = countOf('--seed', values.seed)
  if (trace && seed === undefined) throw new TypeError('--trace shows one seed: give --seed as well.')
  return {
    seeds: countOf('--seeds', values.seeds)!,
    from: countOf('--from', values.from)!,
    seed,
    isTraced: trace,
    runsMutations,
    mutation,
    isSteered: values.steered,
    workers: countOf('--workers', values.workers),
    keepsGoing: values['keep-going'],
    choice: choiceOf(values),
  }
}

function choiceOf(values: {
  readonly driven: boolean
  readonly model: boolean
  readonly brokers?: string
  readonly 'min-insync'?: string
  readonly faults?: string
  readonly relaxed: boolean
}): ConfigurationChoice {
  const brokers = countOf('--brokers', values.brokers)
  const minInsyncReplicas = countOf('--min-insync', values['min-insync'])
  return {
    ...(values.driven || values.model ? { isModelled: values.model } : {}),
    ...(brokers === undefined ? {} : { brokerIds: Array.from({ length: brokers }, (_, index) => `b${index + 1}`) }),
    ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
    ...(values.relaxed ? { relaxedFlushMs: 100 } : {}),
    ...(values.faults === undefined ? {} : { faults: faultsOf(values.faults) }),
  }
}

function countOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new TypeError(`${name} takes a whole number above 0, not "${text}".`)
  return count
}

function faultsOf(text: string): FaultName[] {
  const names = text === '' ? [] : text.split(',')
  for (const name of names) {
    if (!FAULTS.includes(name as FaultName))
      throw new TypeError(`--faults: ${name} is none. They are: ${FAULTS.join(', ')}.`)
  }
  return names as FaultName[]
}
