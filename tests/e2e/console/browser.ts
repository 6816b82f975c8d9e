import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

export const chromiumPath = process.env.YAK_CHROMIUM ?? '/usr/bin/chromium'

export const hasChromium = (): boolean => existsSync(chromiumPath)

/**
 * A browser that talks to nobody but the pages it is told to open. `ends`: it goes with the process, at once, when that is
 * told to end; whoever has more to close then does it himself.
 */
export function openBrowser(more: readonly string[] = [], ends = true): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    handleSIGINT: ends,
    handleSIGTERM: ends,
    handleSIGHUP: ends,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}
