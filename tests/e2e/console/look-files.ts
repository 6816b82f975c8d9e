import type { Page } from 'playwright-core'

interface PickedFile {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

/** Orders with what a sheet has: leading zeros, exact decimals, quotes, an empty cell here and there, one customer with many. */
export const orderRows = (): PickedFile => file('orders.csv', rows(4_000))

/** The same with rows that have too few or too many fields. */
export const badRows = (): PickedFile =>
  file(
    'orders-of-the-week.csv',
    rows(4_000).map((row, index) =>
      index % 900 === 450 ? `${index},2026-11-20T08:00:00Z` : index % 1_300 === 700 ? `${row},one,too many` : row,
    ),
  )

/** So many that there is time to press a button while they are sent. */
export const manyRows = (): PickedFile => file('orders-2026.csv', rows(150_000))

export const pickFile =
  (made: () => PickedFile) =>
  async (page: Page): Promise<void> => {
    // A large one takes a while to reach the browser of a busy machine.
    await page.locator('input[type=file]').setInputFiles(made(), { timeout: 60_000 })
  }

function file(name: string, lines: readonly string[]): PickedFile {
  const header = 'id,placed_at,customer_no,total,paid,note'
  return { name, mimeType: 'text/csv', buffer: Buffer.from(`${[header, ...lines].join('\n')}\n`) }
}

function rows(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const customer = index % 3 === 0 ? 17 : (index * 7) % 211
    const minute = String(index % 60).padStart(2, '0')
    const total = ((index * 1_237) % 90_000) / 100
    const note = index % 11 === 0 ? '"leave it, please, with the ""neighbour"""' : index % 4 === 0 ? '' : 'none'
    return `${index + 1},2026-11-20T08:${minute}:00Z,${String(customer).padStart(6, '0')},${total.toFixed(2)},${index % 5 !== 0},${note}`
  })
}
