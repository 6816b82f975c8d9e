import type { Mutation } from '../../apps/broker/test/replication/mutations.ts'
import { beside, beyondSimulation, mutationNamed, mutations, steeringTo } from './mutations.ts'
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

/** So many seeds at least have to be clean without each of two mutations alone. */
const cleanSeeds = 100

/**
 * Takes each rule out in turn and runs seeds until one fails; where another guard hides what becomes of it, takes that out too. A seed that
 * fails as well with the rules as they are counts for nothing. True when each was caught.
 */
export async function runMutations({ from, seeds, workers, only, report }: MutationRun): Promise<boolean> {
  await using pool = new SeedPool(workers)
  const missed: string[] = []
  const counts = { alone: 0, together: 0, scenarios: 0 }
  for (const mutation of only === undefined ? mutations : [mutationNamed(only)]) {
    const { name, rule } = mutation
    const label = `◆${rule}`.padEnd(4) + name.padEnd(58)
    const reason = beyondSimulation.get(name)
    if (reason !== undefined) {
      counts.scenarios++
      report(`${label} by a scenario only: ${reason}`)
      continue
    }
    const other = beside.get(name)
    const run = new MutationSeeds(pool, mutation, from, seeds)
    const caught = await run.firstFailure(other === undefined ? [name] : [name, other])
    const faulty = caught === undefined ? undefined : await run.whyNot(caught, other)
    if (caught === undefined || faulty !== undefined) {
      missed.push(name)
      report(`${label} NOT CAUGHT${faulty === undefined ? ` in ${seeds} seeds` : `: ${faulty}`}`)
      continue
    }
    counts[other === undefined ? 'alone' : 'together']++
    const [failure] = caught.result.failures[0]!.split('\n')
    const how = other === undefined ? '' : ` together with "${other}", each of which alone is clean`
    report(
      `${label} ${String(caught.tried).padStart(6)} seeds, seed ${caught.result.seed}${how}: ${failure!.slice(0, 100)}`,
    )
  }
  const uncaught = missed.length === 0 ? 'none missed' : `${missed.length} NOT CAUGHT: ${missed.join('; ')}`
  const { alone, together, scenarios } = counts
  report(`${alone} caught alone, ${together} together with a second guard, ${scenarios} by scenarios only, ${uncaught}`)
  return missed.length === 0
}

/** The seeds of one mutation. */
class MutationSeeds {
  readonly #pool: SeedPool
  readonly #mutation: Mutation
  readonly #from: number
  readonly #seeds: number

  constructor(pool: SeedPool, mutation: Mutation, from: number, seeds: number) {
    this.#pool = pool
    this.#mutation = mutation
    this.#from = from
    this.#seeds = seeds
  }

  /** With these mutations in the rules. */
  async firstFailure(names: readonly string[], seeds = this.#seeds): Promise<Catch | undefined> {
    const requests = Array.from({ length: seeds }, (_, index) => this.#request(this.#from + index, names))
    let caught: Catch | undefined
    let tried = 0
    await this.#pool.run(requests, (result) => {
      tried++
      if (result.failures.length > 0 && caught === undefined) caught = { tried, result }
      return caught === undefined ? 'go on' : 'stop'
    })
    return caught
  }

  /** What else than the mutation may have made that seed fail; undefined: nothing. */
  async whyNot({ tried, result: { seed } }: Catch, other: string | undefined): Promise<string | undefined> {
    const isolated = await this.#failureOf(seed, [])
    if (isolated !== undefined) return `seed ${seed} fails without any mutation: ${isolated}`
    if (other === undefined) return undefined
    for (const name of [this.#mutation.name, other]) {
      const alone =
        (await this.#failureOf(seed, [name])) ??
        (await this.firstFailure([name], Math.max(tried, cleanSeeds)))?.result.failures[0]
      if (alone !== undefined) return `"${name}" alone is not clean: ${alone}`
    }
    return undefined
  }

  async #failureOf(seed: number, names: readonly string[]): Promise<string | undefined> {
    let failure: string | undefined
    await this.#pool.run([this.#request(seed, names)], ({ failures }) => {
      failure = failures[0]
      return 'stop'
    })
    return failure
  }

  #request(seed: number, mutations: readonly string[]): SeedRequest {
    return { seed, mutations, choice: steeringTo(this.#mutation, seed) }
  }
}
