import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createViteServer } from 'vitest/node'

/** Which files stand behind #crc32c, #compression and #text, and that all of them do. */

const packageFolder = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Runs code over the package in a process of its own, and answers what it printed. */
async function evaluate(conditions: readonly string[], code: string): Promise<string> {
  const flags = [...conditions, '@yak/source'].map((condition) => `--conditions=${condition}`)
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '--eval', code], {
    cwd: packageFolder,
  })
  return stdout.trim()
}

const roundTrip = `
  const yak = await import('@yak/protocol')
  const codes = ['none', 'gzip', 'zstd'].map((compression) => {
    try {
      const batch = yak.encodeRecordBatch([{ key: 'ключ', value: 'yak '.repeat(500), timestamp: 1 }], { compression })
      yak.checkRecordBatch(batch)
      return yak.decodeRecordBatch(batch).length
    } catch (error) {
      return error.code
    }
  })
  console.log(JSON.stringify([...codes, yak.crc32c(new Uint8Array(1_000).fill(7)), yak.partitionForKey('ключ', 100)]))
`
const ofOneRecord = [1, 1, 1, 2_325_510_443, 24]

test('Node takes the fast paths', async () => {
  expect(JSON.parse(await evaluate([], roundTrip))).toEqual(ofOneRecord)
})

test('Node does without the native checksum where it has no binary', async () => {
  const withoutBinary = `
    import Module from 'node:module'
    const load = Module._load
    let refused = 0
    Module._load = (request, ...rest) => {
      if (request !== '@node-rs/crc32') return load(request, ...rest)
      refused++
      throw new Error('no binary for this platform')
    }
    ${roundTrip}
    if (refused !== 1) throw new Error('the native package was not asked for')
  `
  expect(JSON.parse(await evaluate([], withoutBinary))).toEqual(ofOneRecord)
})

test('a browser takes the plain ones, which need no module of Node', async () => {
  const withoutNode = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier.startsWith('node:') || specifier.startsWith('@node-rs/')) throw new Error('asked for ' + specifier)
        return next(specifier, context)
      },
    })
    delete globalThis.Buffer
    ${roundTrip}
  `
  const unsupported = 'UNSUPPORTED_COMPRESSION'
  expect(JSON.parse(await evaluate(['browser'], withoutNode))).toEqual([
    1,
    unsupported,
    unsupported,
    ...ofOneRecord.slice(3),
  ])
})

test('vite resolves them for a browser', async () => {
  const vite = await createViteServer({
    root: packageFolder,
    configFile: false,
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false },
    optimizeDeps: { noDiscovery: true },
    resolve: { conditions: ['@yak/source', 'browser', 'module'] },
  })
  try {
    for (const name of ['crc32c', 'compression', 'text']) {
      const found = await vite.environments.client.pluginContainer.resolveId(
        `#${name}`,
        join(packageFolder, 'src/index.ts'),
      )
      expect(found?.id).toBe(join(packageFolder, `src/platform/${name}.browser.ts`))
    }
  } finally {
    await vite.close()
  }
})
