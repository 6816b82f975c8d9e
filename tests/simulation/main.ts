/**
 * pnpm simulate --seeds 10000            many seeds on all processors: rate, coverage, failures
 * pnpm simulate --seed 17 --trace        one seed, readably
 * pnpm simulate --mutations              each rule of the core taken out in turn: does a seed notice?
 *
 * Odd seeds run the driver on the real log, even ones the core on a modelled log. `--driven` and `--model` fix one for all.
 * `--from N` starts elsewhere, `--brokers N`, `--min-insync N`, `--faults a,b` fix what the seed would choose,
 * `--mutation NAME` takes one rule out (with `--mutations`: runs that one alone), `--workers N`, `--keep-going` does not stop at the first failure.
 */
import { parseArgs } from 'node:util'
import { type ConfigurationChoice, configurationOf, FAULTS, type FaultName } from './configuration.ts'
import { Summary } from './report.ts'
import { runMutations } from './run-mutations.ts'
import { runSeed } from './run-seed.ts'
import { SeedPool } from './seed-pool.ts'
import type { SeedRequest } from './seed-result.ts'

const { values: flags } = parseArgs({
  options: {
    driven: { type: 'boolean', default: false },
    model: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
    mutation: { type: 'string' },
    brokers: { type: 'string' },
    'min-insync': { type: 'string' },
    faults: { type: 'string' },
    workers: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
  },
})

/** A kind of event that so many have not met is a hole in the simulation, and fails the run. */
const seedsThatMeetAll = 5_000

const workers = flags.workers === undefined ? undefined : Number(flags.workers)
const choice: ConfigurationChoice = {
  ...(flags.driven || flags.model ? { isModelled: flags.model } : {}),
  ...(flags.brokers === undefined ? {} : { brokerIds: idsOf(Number(flags.brokers)) }),
  ...(flags['min-insync'] === undefined ? {} : { minInsyncReplicas: Number(flags['min-insync']) }),
  ...(flags.faults === undefined ? {} : { faults: faultsOf(flags.faults) }),
}

function idsOf(brokers: number): string[] {
  return Array.from({ length: brokers }, (_, index) => `b${index + 1}`)
}

function faultsOf(text: string): FaultName[] {
  const names = text === '' ? [] : text.split(',')
  for (const name of names) {
    if (!FAULTS.includes(name as FaultName))
      throw new TypeError(`${name} is no fault; there are: ${FAULTS.join(', ')}.`)
  }
  return names as FaultName[]
}

function requestFor(seed: number, isTraced = false): SeedRequest {
  return { seed, choice, isTraced, ...(flags.mutation === undefined ? {} : { mutation: flags.mutation }) }
}

async function one(seed: number): Promise<boolean> {
  const result = await runSeed(requestFor(seed, flags.trace))
  for (const line of result.trace) console.log(line)
  console.log(JSON.stringify(configurationOf(seed, choice)))
  console.log(
    `seed ${seed}: ${result.eventCount} events, ${result.sends} sends, ${result.records} records, fingerprint ${result.fingerprint.toString(16)}, whole after ${result.wholeAfterMs.toFixed(0)} ms`,
  )
  for (const failure of result.failures.slice(0, 10)) console.log(`FAILED: ${failure}`)
  return result.failures.length === 0
}

async function many(): Promise<boolean> {
  const summary = new Summary()
  const startedAt = performance.now()
  await using pool = new SeedPool(workers)
  const first = Number(flags.from)
  const requests = Array.from({ length: Number(flags.seeds) }, (_, index) => requestFor(first + index))
  let saidAt = startedAt
  await pool.run(requests, (result) => {
    summary.add(result)
    if (result.failures.length > 0) console.log(`seed ${result.seed} FAILED: ${result.failures[0]}`)
    if (performance.now() - saidAt > 10_000) {
      saidAt = performance.now()
      console.log(`${summary.seeds} seeds, ${((summary.seeds / (saidAt - startedAt)) * 1_000).toFixed(1)} seeds/s`)
    }
    return result.failures.length > 0 && !flags['keep-going'] ? 'stop' : 'go on'
  })
  console.log(summary.text(performance.now() - startedAt))
  if (summary.failed.length > 0) console.log(`Replay: pnpm simulate --seed ${summary.failed[0]!.seed} --trace`)
  const isWhole = summary.seeds >= seedsThatMeetAll && flags.faults === undefined && flags.mutation === undefined
  const holes = isWhole ? summary.holes : []
  if (holes.length > 0) console.log(`FAILED: so many seeds and never met, so never tested: ${holes.join(', ')}`)
  return summary.failed.length === 0 && holes.length === 0
}

const isClean = flags.mutations
  ? await runMutations({
      seeds: Number(flags.seeds),
      from: Number(flags.from),
      workers,
      only: flags.mutation,
      report: (line) => console.log(line),
    })
  : flags.seed === undefined
    ? await many()
    : await one(Number(flags.seed))
process.exitCode = isClean ? 0 : 1
