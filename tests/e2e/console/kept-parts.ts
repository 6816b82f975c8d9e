import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Manifest } from 'vite'
import { until } from '../../faults/harness/until.ts'

const dist = join(import.meta.dirname, '../../../apps/console/dist')
/** Only `?__state=` asks for it, when the page is loaded. */
const fixtures = 'src/app/state-fixtures.ts'

/** Every file that some part of the console loads later, and what those share, as the build names them. */
async function laterFiles(): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(dist, '.vite/manifest.json'), 'utf8')) as Manifest
  const later = Object.entries(manifest).filter(([name, { isDynamicEntry }]) => isDynamicEntry && name !== fixtures)
  if (later.length <= 15) throw new Error(`only ${later.length} files are loaded later`)
  const chunks = new Set(later.map(([name]) => name))
  // A set goes on to what is added meanwhile.
  for (const name of chunks) for (const each of manifest[name]!.imports ?? []) chunks.add(each)
  return [...chunks].map((name) => manifest[name]!.file)
}

/** Waits until all of the console is in the page's memory, which begins once the first page stands. */
export async function everyPartIn(page: Page): Promise<void> {
  const files = await laterFiles()
  await until('every file is loaded', async () => {
    const loaded = await page.evaluate<string[]>(
      `performance.getEntriesByType('resource').filter((each) => each.responseEnd > 0).map((each) => each.name)`,
    )
    return files.every((file) => loaded.some((url) => url.endsWith(file)))
  })
  await until('the worker of imports is there', () => page.workers().some((each) => each.url().includes('csv-worker')))
}
