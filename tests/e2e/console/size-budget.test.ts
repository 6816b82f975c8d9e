import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from 'vite'
import { beforeAll, describe, expect, test } from 'vitest'

/** As it was built for these tests. */
const folder = join(import.meta.dirname, '../../../apps/console/dist')
const kib = 1_024

/** What has to come before anything is seen; every kilobyte of it is waited for. */
describe('the built console keeps its size', () => {
  let manifest: Manifest

  beforeAll(async () => {
    manifest = JSON.parse(await readFile(join(folder, '.vite/manifest.json'), 'utf8')) as Manifest
  })

  const gzipBytes = async (file: string) =>
    (await stat(join(folder, `${file}.gz`)).catch(() => stat(join(folder, file)))).size

  /** The entry and all that it imports at once. */
  const entryFiles = () => {
    const entry = Object.values(manifest).find(({ isEntry }) => isEntry)!
    const files = new Set<string>()
    const visit = ({ file, imports = [] }: Manifest[string]) => {
      if (files.has(file)) return
      files.add(file)
      for (const name of imports) visit(manifest[name]!)
    }
    visit(entry)
    return { js: [...files], css: entry.css ?? [] }
  }
  const sum = async (files: readonly string[], size = gzipBytes) => {
    let bytes = 0
    for (const file of files) bytes += await size(file)
    return bytes
  }

  test('entry JavaScript: 260 KB', async () => {
    expect(await sum(entryFiles().js)).toBeLessThanOrEqual(260 * kib)
  })
  test('style sheet: 25 KB', async () => {
    const { css } = entryFiles()
    expect(css.length).toBeGreaterThan(0)
    expect(await sum(css)).toBeLessThanOrEqual(25 * kib)
  })
  test('fonts: 75 KB', async () => {
    const fonts = [...new Set(Object.values(manifest).flatMap(({ file, assets = [] }) => [file, ...assets]))].filter(
      (file) => file.endsWith('.woff2'),
    )
    expect(fonts.length).toBeGreaterThan(0)
    expect(await sum(fonts, async (file) => (await stat(join(folder, file))).size)).toBeLessThanOrEqual(75 * kib)
  })
  test('each file worth it lies beside its compressed forms', async () => {
    for (const file of entryFiles().js) {
      if ((await stat(join(folder, file))).size < kib) continue
      expect((await stat(join(folder, `${file}.br`))).size).toBeLessThan(await gzipBytes(file))
    }
  })
  test('no inline script or style: the content security policy allows none', async () => {
    const html = await readFile(join(folder, 'index.html'), 'utf8')
    expect(html.match(/<script(?![^>]*\ssrc=)/g)).toBeNull()
    expect(html).not.toMatch(/<style|\sstyle=/)
  })
})
