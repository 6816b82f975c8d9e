import { mutations } from './mutations.ts'
import { SeedPool } from './seed-pool.ts'
import type { SeedRequest, SeedResult } from './seed-result.ts'

export interface MutationRun {
  /** The first seed, and how many may pass before a mutation counts as not caught. */
  readonly from: number
  readonly seeds: number
  readonly workers: number | undefined
  readonly report: (line: string) => void
}

interface Catch {
  readonly tried: number
  readonly result: SeedResult
}

/** Takes each rule out in turn and runs seeds until one fails. True when each was caught. */
export async function runMutations({ from, seeds, workers, report }: MutationRun): Promise<boolean> {
  await using pool = new SeedPool(workers)
  const missed: string[] = []
  for (const { name, rule } of mutations) {
    const caught = await firstFailure(pool, name, from, seeds)
    const label = `◆${rule}`.padEnd(4)
    if (caught === undefined) missed.push(name)
    report(
      caught === undefined
        ? `${label} ${name.padEnd(60)} NOT CAUGHT in ${seeds} seeds`
        : `${label} ${name.padEnd(60)} ${String(caught.tried).padStart(6)} seeds, seed ${caught.result.seed}: ${caught.result.failures[0]!.slice(0, 110)}`,
    )
  }
  report(`${mutations.length - missed.length} of ${mutations.length} mutations caught`)
  if (missed.length > 0) report(`not caught: ${missed.join('; ')}`)
  return missed.length === 0
}

async function firstFailure(pool: SeedPool, mutation: string, from: number, seeds: number): Promise<Catch | undefined> {
  const requests: SeedRequest[] = Array.from({ length: seeds }, (_, index) => ({
    seed: from + index,
    mutation,
    // The rules are the core's: the modelled disk shows the same, sooner.
    choice: { isModelled: true },
  }))
  let caught: Catch | undefined
  let tried = 0
  await pool.run(requests, (result) => {
    tried++
    if (result.failures.length > 0 && caught === undefined) caught = { tried, result }
    return caught === undefined ? 'go on' : 'stop'
  })
  return caught
}
