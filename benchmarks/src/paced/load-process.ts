import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { memoryOf } from '../memory.ts'
import type { Percentiles } from './latencies.ts'

export interface LoadSettings {
  /** `messages` through the SDK and back; `requests` to the bare server, by undici alone. */
  readonly kind: 'messages' | 'requests'
  readonly urls: readonly string[]
  /** Made by the load; of no meaning to the bare server. */
  readonly topic: string
  readonly valueBytes: number
}

export type LoadRequest =
  | { readonly act: 'pass'; readonly perSecond: number; readonly seconds: number; readonly noteAs: string }
  | { readonly act: 'tell'; readonly noted: string }
  | { readonly act: 'close' }

/** In milliseconds since each message was due: {@link LoadTimes}. */
export interface LoadPercentiles {
  readonly sending: Percentiles
  readonly acknowledged: Percentiles
  readonly arrival: Percentiles
}

export type LoadReply = LoadPercentiles | null

/** load-program.ts as a child process, from here. */
export class LoadProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(settings: LoadSettings): Promise<LoadProcess> {
    const load = new LoadProcess(fork(join(import.meta.dirname, 'load-program.ts'), [JSON.stringify(settings)]))
    await load.#reply()
    return load
  }

  /** Sends so long at that pace; what it takes is added to what is noted under that name. */
  async pass(perSecond: number, seconds: number, noteAs: string): Promise<void> {
    await this.#ask({ act: 'pass', perSecond, seconds, noteAs })
  }

  async percentiles(noted: string): Promise<LoadPercentiles> {
    return (await this.#ask({ act: 'tell', noted }))!
  }

  get peakMB(): number {
    return memoryOf(this.#child.pid!).peakMB
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    await this.#ask({ act: 'close' })
    await exited
  }

  async #ask(request: LoadRequest): Promise<LoadReply> {
    const reply = this.#reply()
    this.#child.send(request)
    return await reply
  }

  async #reply(): Promise<LoadReply> {
    const over = new AbortController()
    const { signal } = over
    try {
      return await Promise.race([
        once(this.#child, 'message', { signal }).then(([reply]) => reply as LoadReply),
        once(this.#child, 'exit', { signal }).then(([code]) => {
          throw new Error(`the load ended with exit code ${code}`)
        }),
      ])
    } finally {
      over.abort()
    }
  }
}
