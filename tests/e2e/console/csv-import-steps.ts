import type { Page } from 'playwright-core'

export interface ImportRequest {
  /** Of the broker that serves the page. */
  readonly brokerUrl: string
  readonly topic: string
  readonly file: string
  /** Of a pass over the whole file. */
  readonly stepMs?: number
  /** The page is there, and no file yet. */
  readonly onOpen?: () => Promise<void>
  /** A pass over the whole file is done. */
  readonly onPass?: (pass: 'types' | 'check') => void
}

/** Through the steps of an import up to its last button, with what the console proposes for each; `send` presses it. */
export async function prepareImport(page: Page, request: ImportRequest): Promise<void> {
  const { brokerUrl, topic, file, stepMs = 120_000, onOpen, onPass } = request
  await page.goto(`${brokerUrl}/console/produce/csv?topic=${encodeURIComponent(topic)}`)
  await onOpen?.()
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByRole('button', { name: 'Map columns' }).click()
  const check = page.getByRole('button', { name: 'Check all rows' })
  await check.waitFor({ timeout: stepMs })
  onPass?.('types')
  await check.click({ timeout: stepMs })
  await sendButton(page).waitFor({ timeout: stepMs })
  onPass?.('check')
}

export async function sendRows(page: Page): Promise<void> {
  await sendButton(page).click()
}

const sendButton = (page: Page) => page.getByRole('button', { name: /^Send \d/ })

/** Of a job that is over: its figures, by what stands above them, and the facts of its report. */
export async function readReport(page: Page): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const label of ['Sent', 'Failed', 'Skipped']) {
    found[label] = (await page.locator(`.eyebrow:text-is("${label}") + div`).textContent()) ?? ''
  }
  for (const [name, value] of await page
    .locator('dl > div')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((child) => child.textContent)))) {
    found[name!] = value!
  }
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value.replaceAll('\u00a0', '')]))
}
