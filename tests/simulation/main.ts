import { configurationOf } from './configuration.ts'
import { readFlags } from './flags.ts'
import { beside, mutationNamed, steeringTo } from './mutations.ts'
import { Summary } from './report.ts'
import { runMutations } from './run-mutations.ts'
import { runSeed } from './run-seed.ts'
import { SeedPool } from './seed-pool.ts'
import type { SeedRequest } from './seed-result.ts'

const flags = readFlags()
const { choice, workers, mutation } = flags

/** A kind of event that so many have not met is a hole in the simulation, and fails the run. */
const seedsThatMeetAll = 5_000

function requestFor(seed: number, isTraced = false): SeedRequest {
  if (mutation === undefined) return { seed, choice, isTraced }
  if (!flags.isSteered) return { seed, choice, isTraced, mutations: [mutation] }
  const other = beside.get(mutation)
  const mutations = other === undefined ? [mutation] : [mutation, other]
  return { seed, mutations, choice: { ...steeringTo(mutationNamed(mutation), seed), ...choice }, isTraced }
}

async function one(seed: number): Promise<boolean> {
  const request = requestFor(seed, flags.isTraced)
  const result = await runSeed(request)
  for (const line of result.trace) console.log(line)
  console.log(JSON.stringify(configurationOf(seed, request.choice)))
  console.log(
    `seed ${seed}: ${result.eventCount} events, ${result.sends} sends, ${result.records} records, fingerprint ${result.fingerprint.toString(16)}, whole after ${result.wholeAfterMs.toFixed(0)} ms`,
  )
  for (const { after, ms, boundMs } of result.waits)
    console.log(`writes waited ${ms.toFixed(0)} ms of ${boundMs.toFixed(0)} ms after ${after}`)
  for (const failure of result.failures.slice(0, 10)) console.log(`FAILED: ${failure}`)
  return result.failures.length === 0
}

async function many(): Promise<boolean> {
  const summary = new Summary()
  const startedAt = performance.now()
  await using pool = new SeedPool(workers)
  const requests = Array.from({ length: flags.seeds }, (_, index) => requestFor(flags.from + index))
  let saidAt = startedAt
  await pool.run(requests, (result) => {
    summary.add(result)
    if (result.failures.length > 0) console.log(`seed ${result.seed} FAILED: ${result.failures[0]}`)
    if (performance.now() - saidAt > 10_000) {
      saidAt = performance.now()
      console.log(`${summary.seeds} seeds, ${((summary.seeds / (saidAt - startedAt)) * 1_000).toFixed(1)} seeds/s`)
    }
    return result.failures.length > 0 && !flags.keepsGoing ? 'stop' : 'go on'
  })
  console.log(summary.text(performance.now() - startedAt))
  if (summary.failed.length > 0) console.log(`Replay: pnpm simulate --seed ${summary.failed[0]!.seed} --trace`)
  const isWhole = summary.seeds >= seedsThatMeetAll && choice.faults === undefined && mutation === undefined
  const holes = isWhole ? summary.holes : []
  if (holes.length > 0) console.log(`FAILED: so many seeds and never met, so never tested: ${holes.join(', ')}`)
  return summary.failed.length === 0 && holes.length === 0
}

const isClean = flags.runsMutations
  ? await runMutations({
      seeds: flags.seeds,
      from: flags.from,
      workers,
      only: mutation,
      report: (line) => console.log(line),
    })
  : flags.seed === undefined
    ? await many()
    : await one(flags.seed)
process.exitCode = isClean ? 0 : 1
