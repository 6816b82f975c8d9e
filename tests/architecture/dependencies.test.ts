import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
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

interface Purity {
  readonly folder: string
  /** What it may import beside its own files; a file that is named here is held to the same. */
  readonly packages: readonly string[]
  /** Files that may import of Node what is listed for each, and nothing else. */
  readonly ofNode: Readonly<Record<string, readonly string[]>>
}

/** Folders whose code is decided by its inputs alone: no I/O, no clock, no randomness. */
const pure: readonly Purity[] = [
  {
    folder: 'packages/protocol/src',
    packages: ['zod', '#compression', '#crc32c', '#text'],
    ofNode: {
      'platform/compression.node.ts': ['node:zlib'],
      'platform/crc32c.node.ts': ['node:module'],
      'platform/text.node.ts': ['node:buffer'],
    },
  },
  { folder: 'apps/broker/src/replication/core', packages: ['@yak/protocol', '../pending.ts'], ofNode: {} },
]

const libraries = ['protocol', 'log', 'election', 'rows', 'client']

/** Where a library meets the machine's clock, timers, randomness or output, and what of it is there. */
const machine: Readonly<Record<string, RegExp>> = {
  'packages/log/src/disk/system-clock.ts': /^(Date\.now|performance\.now|setTimeout)$/,
  'packages/election/src/system-ports.ts': /^(Date\.now|performance\.now|setTimeout|Math\.random)$/,
  'packages/client/src/clock.ts': /^(Date\.now|performance\.now|setTimeout)$/,
  // The default of the option `random`.
  'packages/client/src/client-options.ts': /^Math\.random$/,
  // How long a socket may be silent is the transport's, which goes to the real network.
  'packages/client/src/transport/undici-transport.ts': /^setTimeout$/,
  'packages/client/src/transport/fetch-transport.ts': /^AbortSignal\.timeout$/,
  // Not time: what comes after the sockets.
  'packages/client/src/platform/platform.node.ts': /^setImmediate$/,
  // Starts a process for tests, and says loudly when it cannot.
  'packages/election/src/testing/redis-server-process.ts': /^process\.stderr$/,
}

const ambient =
  /(?<![.#\w])(Date\.now|new Date(?=\(\)|(?![(\w]))|Math\.random|performance\.now|setTimeout|setInterval|setImmediate|AbortSignal\.timeout|process\.(?:hrtime|stdout|stderr)|crypto\.(?:randomUUID|getRandomValues|randomBytes)|console\.\w+)\b/g

/** What of the machine's clock, timers, randomness and output a text mentions. */
function ambientIn(text: string): string[] {
  return [...text.matchAll(ambient)].map((match) => match[1]!)
}

interface Source {
  readonly file: string
  readonly text: string
  readonly imports: readonly string[]
}

/** All of a folder, or those that are named. */
function sourcesOf(folder: string, names?: readonly string[]): Source[] {
  const path = join(root, folder)
  return (names ?? readdirSync(path, { recursive: true, encoding: 'utf8' }))
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => {
      const text = readFileSync(join(path, name), 'utf8')
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
      return {
        file: relative(root, join(path, name)),
        text: code,
        imports: [...code.matchAll(/(?<!['\w])(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!),
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
  for (const { folder, packages, ofNode } of pure) {
    test(folder, () => {
      const beside = packages.filter((name) => name.startsWith('.')).map((name) => join(folder, name))
      const sources = [...sourcesOf(folder), ...beside.flatMap((file) => sourcesOf(dirname(file), [basename(file)]))]
      expect(sources.length).toBeGreaterThan(0)
      for (const { file, text, imports } of sources) {
        const path = relative(folder, file)
        for (const name of imports) {
          const target = name.startsWith('.') ? join(dirname(path), name) : name
          if (name.startsWith('.') && !target.startsWith('..')) continue
          expect([...packages, ...(ofNode[path] ?? [])], `${file} imports ${name}`).toContain(target)
        }
        expect(ambientIn(text), `${file} reads a clock or randomness, or logs`).toEqual([])
        expect(/(?<![.#\w])(?:process|globalThis|crypto)\.\w/.exec(text)?.[0], `${file} does I/O`).toBeUndefined()
      }
    })
  }
})

describe('libraries never log, and never read a clock or randomness that was not passed in', () => {
  for (const name of libraries) {
    test(name, () => {
      for (const { file, text } of sourcesOf(`packages/${name}/src`)) {
        const found = ambientIn(text).filter((word) => machine[file]?.test(word) !== true)
        expect(found, file).toEqual([])
      }
    })
  }

  test('what is excepted is there', () => {
    for (const [file, words] of Object.entries(machine)) {
      const source = sourcesOf(dirname(file)).find((source) => source.file === file)
      expect(
        ambientIn(source?.text ?? '').some((word) => words.test(word)),
        file,
      ).toBe(true)
    }
  })
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
