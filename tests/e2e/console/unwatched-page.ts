import { readFile } from 'node:fs/promises'
import type { Browser, CDPSession } from 'playwright-core'
import { TargetDevtools } from './target-devtools.ts'

const lookEveryMs = 50

/**
 * A page that Playwright does not watch. It has the browser tell it of every request, with the body: for an import that was half of
 * the time, and a memory that grew. This one is asked for what is needed, and for nothing else.
 */
export class UnwatchedPage {
  readonly devtools: TargetDevtools

  readonly #browser: CDPSession

  private constructor(devtools: TargetDevtools, browser: CDPSession) {
    this.devtools = devtools
    this.#browser = browser
  }

  /** `before` runs in the page before anything of its own. */
  static async open(browser: Browser, url: string, before: string): Promise<UnwatchedPage> {
    const devtools = await TargetDevtools.openPage(browser, 1440, 1087)
    await devtools.send('Page.enable')
    await devtools.send('Page.addScriptToEvaluateOnNewDocument', { source: before })
    await devtools.send('Page.navigate', { url })
    return new UnwatchedPage(devtools, await browser.newBrowserCDPSession())
  }

  /** Of the process that the page and its workers run in, as the system counts it. */
  async processMiB(): Promise<number> {
    const { processInfo } = await this.#browser.send('SystemInfo.getProcessInfo')
    const each = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentMiB(id))
    return Math.max(...(await Promise.all(each)))
  }

  async evaluate(expression: string): Promise<unknown> {
    return (await this.#evaluate({ expression, awaitPromise: true, returnByValue: true })).value
  }

  /** Puts the file into the first field for one. */
  async setFile(path: string): Promise<void> {
    await this.#waitFor("document.querySelector('input[type=file]')", 20_000)
    const { objectId } = await this.#evaluate({ expression: "document.querySelector('input[type=file]')" })
    await this.devtools.send('DOM.setFileInputFiles', { files: [path], objectId })
  }

  /** Waits until a button of that name may be pressed. */
  async waitForButton(name: RegExp, withinMs = 20_000): Promise<void> {
    await this.#waitFor(button(name), withinMs)
  }

  async click(name: RegExp): Promise<void> {
    await this.waitForButton(name)
    await this.evaluate(`${button(name)}.click()`)
  }

  async waitForText(text: string, withinMs: number): Promise<void> {
    await this.#waitFor(`document.body.textContent.includes(${JSON.stringify(text)})`, withinMs)
  }

  /** Looks in the page itself, so that waiting costs it next to nothing. */
  async #waitFor(condition: string, withinMs: number): Promise<void> {
    await this.evaluate(`new Promise((resolve, reject) => {
      const began = performance.now()
      const look = () => {
        if (document.body !== null && (${condition})) resolve(true)
        else if (performance.now() - began > ${withinMs}) reject(new Error(${JSON.stringify(`Not within ${withinMs} ms: ${condition}`)}))
        else setTimeout(look, ${lookEveryMs})
      }
      look()
    })`)
  }

  async #evaluate(params: Readonly<Record<string, unknown>>): Promise<{ value?: unknown; objectId?: string }> {
    const { result, exceptionDetails } = (await this.devtools.send('Runtime.evaluate', params)) as {
      readonly result: { readonly value?: unknown; readonly objectId?: string; readonly description?: string }
      readonly exceptionDetails?: { readonly text: string }
    }
    if (exceptionDetails !== undefined) throw new Error(result.description ?? exceptionDetails.text)
    return result
  }
}

const button = (name: RegExp) =>
  `[...document.querySelectorAll('button')].find((each) => ${name}.test(each.textContent.trim()) && !each.disabled && each.ariaDisabled !== 'true')`

/** 0 for a process that is gone, or where the system has no /proc. */
async function residentMiB(id: number): Promise<number> {
  const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024)
}
