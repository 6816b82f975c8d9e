import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Browser } from 'playwright-core'

interface Attached {
  readonly sessionId: string
  readonly targetInfo: { readonly type: string; readonly url: string }
}

type Params = Readonly<Record<string, unknown>>

/** The developer tools of a page that Playwright knows nothing of, and of its worker. */
export class TargetDevtools {
  readonly #post: (message: string) => Promise<unknown>
  readonly #answers = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  readonly #events = new Map<string, (params: never) => void>()
  #next = 1

  private constructor(post: (message: string) => Promise<unknown>) {
    this.#post = post
  }

  /** An empty page, outside of Playwright's contexts. */
  static async openPage(browser: Browser, width: number, height: number): Promise<TargetDevtools> {
    const session = await browser.newBrowserCDPSession()
    const { targetId } = await session.send('Target.createTarget', {
      ...{ url: 'about:blank', newWindow: true, width, height },
    })
    const { sessionId } = await session.send('Target.attachToTarget', { targetId })
    const page = new TargetDevtools((message) => session.send('Target.sendMessageToTarget', { sessionId, message }))
    session.on('Target.receivedMessageFromTarget', ({ message }) => page.#take(message))
    return page
  }

  /** Of a page: its worker whose script has this in its address; waits for it to start. */
  async worker(part: string): Promise<TargetDevtools> {
    const attached = new Promise<string>((resolve) => {
      this.#events.set('Target.attachedToTarget', ({ sessionId, targetInfo }: Attached) => {
        if (targetInfo.type === 'worker' && targetInfo.url.includes(part)) resolve(sessionId)
      })
    })
    await this.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
    const sessionId = await attached
    const worker = new TargetDevtools((message) => this.send('Target.sendMessageToTarget', { sessionId, message }))
    this.#events.set('Target.receivedMessageFromTarget', ({ message }: { readonly message: string }) =>
      worker.#take(message),
    )
    return worker
  }

  /** After collection. */
  async heapMiB(): Promise<number> {
    await this.send('HeapProfiler.collectGarbage')
    return this.heapInUseMiB()
  }

  /** As it is, with what the collector has not taken yet. */
  async heapInUseMiB(): Promise<number> {
    const { usedSize } = (await this.send('Runtime.getHeapUsage')) as { readonly usedSize: number }
    return Math.round(usedSize / 104_857.6) / 10
  }

  async startProfile(): Promise<void> {
    await this.send('Profiler.enable')
    await this.send('Profiler.start')
  }

  async saveProfile(path: string): Promise<void> {
    const { profile } = (await this.send('Profiler.stop')) as { readonly profile: unknown }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, JSON.stringify(profile))
  }

  async send(method: string, params: Params = {}): Promise<unknown> {
    const id = this.#next++
    const answered = new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }))
    await this.#post(JSON.stringify({ id, method, params }))
    return answered
  }

  #take(text: string): void {
    const message = JSON.parse(text) as {
      readonly id?: number
      readonly result?: unknown
      readonly error?: { readonly message: string }
      readonly method?: string
      readonly params?: unknown
    }
    if (message.method !== undefined) this.#events.get(message.method)?.(message.params as never)
    const waiting = message.id === undefined ? undefined : this.#answers.get(message.id)
    if (waiting === undefined) return
    this.#answers.delete(message.id!)
    if (message.error === undefined) waiting.resolve(message.result)
    else waiting.reject(new Error(message.error.message))
  }
}
