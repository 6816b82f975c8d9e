import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Who may import whom: dependencies point one way (ARCHITECTURE.md). */
const allowed: Record<string, readonly string[]> = {
  'packages/protocol': [],
  'packages/log': ['@yak/protocol'],
  'packages/election': ['@yak/protocol'],
  'packages/client': ['@yak/protocol'],
  'packages/rows': ['@yak/protocol'],
  'apps/broker': ['@yak/protocol', '@yak/log', '@yak/election', '@yak/rows'],
  'apps/console': ['@yak/protocol', '@yak/client', '@yak/rows'],
  'apps/cli': ['@yak/protocol', '@yak/log', '@yak/client', '@yak/rows', '@yak/broker'],
}

/** Folders whose code is decided by its inputs alone: no I/O, no clock, no randomness. */
const pure: readonly { readonly folder: string; readonly except: RegExp }[] = [
  { folder: 'packages/protocol/src', except: /(compression|crc32c|text)[.-]?(node|native)?\.ts$/ },
  { folder: 'apps/broker/src/replication/core', except: /^$/ },
]

const ambient =
  /\b(Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|setTimeout\(|setInterval\(|setImmediate\()/

interface Source {
  readonly file: string
  readonly text: string
  readonly imports: readonly string[]
}

function sourcesOf(folder: string): Source[] {
  const path = join(root, folder)
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const text = readFileSync(join(path, name), 'utf8')
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
      return {
        file: relative(root, join(path, name)),
        text: code,
        imports: [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!),
      }
    })
}

describe('dependencies point one way', () => {
  for (const [folder, names] of Object.entries(allowed)) {
    test(folder, () => {
      const sources = sourcesOf(`${folder}/src`)
      expect(sources.length).toBeGreaterThan(0)
      for (const { file, imports } of sources) {
        for (const name of imports.filter((name) => name.startsWith('@yak/'))) {
          const target = name.split('/').slice(0, 2).join('/')
          expect(names, `${file} imports ${name}`).toContain(target)
        }
      }
    })
  }
})

describe('the protocol and the replication core are decided by their inputs alone', () => {
  for (const { folder, except } of pure) {
    test(folder, () => {
      const sources = sourcesOf(folder).filter(({ file }) => !except.test(file))
      expect(sources.length).toBeGreaterThan(0)
      for (const { file, text, imports } of sources) {
        expect(
          imports.filter((name) => name.startsWith('node:')),
          `${file} does I/O`,
        ).toEqual([])
        expect(ambient.exec(text)?.[0], `${file} reads a clock or randomness`).toBeUndefined()
      }
    })
  }
})

test('only one file of the log touches node:fs', () => {
  const users = sourcesOf('packages/log/src').filter(({ imports }) => imports.some((name) => /^node:fs/.test(name)))
  expect(users.map(({ file }) => file)).toEqual(['packages/log/src/node-storage.ts'])
})

test('no package exports everything of a file', () => {
  for (const folder of Object.keys(allowed)) {
    for (const { file, text } of sourcesOf(`${folder}/src`)) {
      expect(/export \* from/.test(text), `${file} has an export *`).toBe(false)
    }
  }
})

/** Folders of the console from the inside out: each may import itself and those before it. Features never import each other. */
const consoleLayers = ['lib', 'data', 'ui', 'features', 'app']

test('the layers of the console point inwards', () => {
  const root = 'apps/console/src'
  for (const { file, imports } of sourcesOf(root)) {
    const [layer, feature] = relative(root, file).split('/') as [string, string]
    if (!consoleLayers.includes(layer)) continue
    for (const name of imports) {
      if (layer !== 'ui') expect(name, `${file}: only ui/ may import Base UI`).not.toMatch(/^@base-ui\//)
      if (layer === 'lib') expect(name, `${file}: lib/ is pure`).not.toMatch(/^(react|@tanstack)/)
      if (!name.startsWith('.')) continue
      const [target, other] = relative(root, join(dirname(file), name)).split('/') as [string, string]
      expect(consoleLayers.indexOf(target), `${file} imports ${name}`).toBeLessThanOrEqual(consoleLayers.indexOf(layer))
      if (layer === 'features' && target === 'features') expect(other, `${file} imports ${name}`).toBe(feature)
    }
  }
})
