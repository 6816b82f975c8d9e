import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Browser, CDPSession } from 'playwright-core'

/** The developer tools of a page's worker, which Playwright itself gives no way to. */
export class WorkerDevtools {
  readonly #session: CDPSession
  readonly #id: string
  readonly #answers = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  #next = 1

  private constructor(session: CDPSession, id: string) {
    this.#session = session
    this.#id = id
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result, error } = JSON.parse(message) as {
        readonly id?: number
        readonly result?: unknown
        readonly error?: { readonly message: string }
      }
      const waiting = id === undefined ? undefined : this.#answers.get(id)
      if (waiting === undefined) return
      this.#answers.delete(id!)
      if (error === undefined) waiting.resolve(result)
      else waiting.reject(new Error(error.message))
    })
  }

  /** The only worker of that name in the browser. */
  static async attach(browser: Browser, name: string): Promise<WorkerDevtools> {
    const session = await browser.newBrowserCDPSession()
    const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'worker' }] })
    const target = targetInfos.find(({ title, url }) => title === name || url.includes('csv-worker'))
    if (target === undefined) throw new Error(`There is no worker ${name} among ${JSON.stringify(targetInfos)}`)
    const { sessionId } = await session.send('Target.attachToTarget', { targetId: target.targetId })
    return new WorkerDevtools(session, sessionId)
  }

  /** After collection. */
  async heapMiB(): Promise<number> {
    await this.#send('HeapProfiler.collectGarbage')
    const { usedSize } = (await this.#send('Runtime.getHeapUsage')) as { readonly usedSize: number }
    return Math.round(usedSize / 104_857.6) / 10
  }

  /** As it is, with what the collector has not taken yet. */
  async heapInUseMiB(): Promise<number> {
    const { usedSize } = (await this.#send('Runtime.getHeapUsage')) as { readonly usedSize: number }
    return Math.round(usedSize / 104_857.6) / 10
  }

  async startProfile(): Promise<void> {
    await this.#send('Profiler.enable')
    await this.#send('Profiler.start')
  }

  async saveProfile(path: string): Promise<void> {
    const { profile } = (await this.#send('Profiler.stop')) as { readonly profile: unknown }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, JSON.stringify(profile))
  }

  async #send(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = this.#next++
    const answered = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }))
    const message = JSON.stringify({ id, method, params })
    await this.#session.send('Target.sendMessageToTarget', { sessionId: this.#id, message })
    return answered
  }
}
