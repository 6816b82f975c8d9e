import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SeedRequest, SeedResult } from './seed-result.ts'

/** Runs seeds on all processors. Results come in no order. */
export class SeedPool {
  readonly #workers: readonly Worker[]

  constructor(workerCount: number = availableParallelism()) {
    const file = new URL('./seed-worker.ts', import.meta.url)
    // A run makes much that is gone a moment later: with room for it, it is never moved to where the old things are.
    const resourceLimits = { maxYoungGenerationSizeMb: 192 }
    // Whatever started this thread: the packages are run from their sources.
    const execArgv = ['--conditions=@yak/source', '--disable-warning=ExperimentalWarning']
    this.#workers = Array.from({ length: workerCount }, () => new Worker(file, { resourceLimits, execArgv }))
  }

  /** Gives each result to `onResult`, until it answers `stop` or the requests are used up. */
  async run(requests: Iterable<SeedRequest>, onResult: (result: SeedResult) => 'go on' | 'stop'): Promise<void> {
    const waiting = requests[Symbol.iterator]()
    let isStopped = false
    const work = (worker: Worker): Promise<void> =>
      new Promise((resolve, reject) => {
        const finish = () => {
          worker.off('message', take)
          worker.off('error', reject)
          resolve()
        }
        const next = () => {
          const step = isStopped ? undefined : waiting.next()
          if (step === undefined || step.done === true) finish()
          else worker.postMessage(step.value)
        }
        const take = (result: SeedResult) => {
          if (onResult(result) === 'stop') isStopped = true
          next()
        }
        worker.on('message', take)
        worker.once('error', reject)
        next()
      })
    await Promise.all(this.#workers.map(work))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
