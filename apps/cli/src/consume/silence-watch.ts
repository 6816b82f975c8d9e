import type { YakClient } from '@yak/client'
import { YakError } from '@yak/protocol'

/** Ends a command that must end by itself when no broker that leads has answered for too long. */
export class SilenceWatch {
  readonly #limitMs: number | undefined
  readonly #silence = new AbortController()
  readonly #offs: readonly (() => void)[]
  /** Of the broker that was lost, as long as none answers. */
  #lostUrl: string | undefined
  #isPaused = false
  #timer: NodeJS.Timeout | undefined

  /** `limitMs` undefined: it goes on without end. */
  constructor(client: YakClient, limitMs: number | undefined) {
    this.#limitMs = limitMs
    this.#offs = [
      client.on('connected', () => this.#change(undefined)),
      client.on('disconnected', ({ url }) => this.#change(this.#lostUrl ?? url)),
    ]
  }

  /** Aborts with the error to tell as its reason. */
  get signal(): AbortSignal {
    return this.#silence.signal
  }

  /** Waits for work that asks nothing of a broker: a slow reader is no silence, and a broker may come back meanwhile unseen. */
  async except(work: Promise<void>): Promise<void> {
    this.#isPaused = true
    this.#count()
    await work
    this.#isPaused = false
    this.#count()
  }

  end(): void {
    clearTimeout(this.#timer)
    for (const off of this.#offs) off()
  }

  /** A loss told once more does not begin the time anew. */
  #change(lostUrl: string | undefined): void {
    if (lostUrl === this.#lostUrl) return
    this.#lostUrl = lostUrl
    this.#count()
  }

  #count(): void {
    clearTimeout(this.#timer)
    if (this.#lostUrl === undefined || this.#limitMs === undefined || this.#isPaused) return
    const message = `${this.#lostUrl} has not answered for ${this.#limitMs} ms, and no other broker leads.`
    this.#timer = setTimeout(() => this.#silence.abort(new YakError('BROKERS_UNREACHABLE', message)), this.#limitMs)
  }
}
