import type { Page } from 'playwright-core'

export interface ImportRequest {
  /** Of the broker that serves the page. */
  readonly brokerUrl: string
  readonly topic: string
  readonly file: string
}

/** Through the steps of an import up to its last button, with what the console proposes for each; `send` presses it. */
export async function prepareImport(page: Page, request: ImportRequest): Promise<void> {
  const { brokerUrl, topic, file } = request
  await page.goto(`${brokerUrl}/console/produce/csv?topic=${encodeURIComponent(topic)}`)
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByRole('button', { name: 'Map columns' }).click()
  await page.getByRole('button', { name: 'Check all rows' }).click()
  await sendButton(page).waitFor()
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
