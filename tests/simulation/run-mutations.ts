import { beyondSimulation, mutationNamed, mutations, steeringTo } from './mutations.ts'
import { SeedPool } from './seed-pool.ts'
import type { SeedRequest, SeedResult } from './seed-result.ts'

export interface MutationRun {
  /** The first seed, and how many may pass before a mutation counts as not caught. */
  readonly from: number
  readonly seeds: number
  readonly workers: number | undefined
  /** Its name, to run one alone; else all. */
  readonly only: string | undefined
  readonly report: (line: string) => void
}

interface Catch {
  readonly tried: number
  readonly result: SeedResult
}

/** Takes each rule out in turn and runs seeds until one fails. True when each was caught. */
export async function runMutations({ from, seeds, workers, only, report }: MutationRun): Promise<boolean> {
  await using pool = new SeedPool(workers)
  const missed: string[] = []
  let caughtCount = 0
  for (const { name, rule } of only === undefined ? mutations : [mutationNamed(only)]) {
    const reason = beyondSimulation.get(name)
    const label = `◆${rule}`.padEnd(4) + name.padEnd(58)
    const caught = reason === undefined ? await firstFailure(pool, name, from, seeds) : undefined
    if (caught !== undefined) {
      caughtCount++
      const [failure] = caught.result.failures[0]!.split('\n')
      report(
        `${label} ${String(caught.tried).padStart(6)} seeds, seed ${caught.result.seed}: ${failure!.slice(0, 100)}`,
      )
    } else if (reason !== undefined) report(`${label} not simulated: ${reason}`)
    else {
      missed.push(name)
      report(`${label} NOT CAUGHT in ${seeds} seeds`)
    }
  }
  const uncaught = missed.length === 0 ? 'none missed' : `${missed.length} NOT CAUGHT: ${missed.join('; ')}`
  report(`${caughtCount} caught, ${beyondSimulation.size} not simulated, ${uncaught}`)
  return missed.length === 0
}

async function firstFailure(pool: SeedPool, mutation: string, from: number, seeds: number): Promise<Catch | undefined> {
  const requests: SeedRequest[] = Array.from({ length: seeds }, (_, index) => {
    const seed = from + index
    return { seed, mutation, choice: steeringTo(mutationNamed(mutation), seed) }
  })
  let caught: Catch | undefined
  let tried = 0
  await pool.run(requests, (result) => {
    tried++
    if (result.failures.length > 0 && caught === undefined) caught = { tried, result }
    return caught === undefined ? 'go on' : 'stop'
  })
  return caught
}
