import { join, relative } from 'node:path'
import { createVirtualFileSystem } from 'typescript/unstable/fs'
import { API, type Project } from 'typescript/unstable/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entryPoints, isRepetition, publicNames } from './public-names.ts'

const root = join(import.meta.dirname, '../..')
const packages = [
  'packages/protocol',
  'packages/log',
  'packages/election',
  'packages/client',
  'packages/rows',
  'apps/broker',
]

/** The names of an entry point whose docstring tells nothing, each with its file. */
function unsaid(project: Project, file: string): string[] {
  return publicNames(project, file)
    .filter((name) => isRepetition(name))
    .map(({ name, file }) => `${relative(root, file)}: ${name}`)
}

describe('every public name says what it is', () => {
  const api = new API({ cwd: root })
  let project: Project
  beforeAll(() => {
    const config = join(root, 'tsconfig.json')
    project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!
  })
  afterAll(() => api.close())

  test.each(packages)('%s', (folder) => {
    for (const file of entryPoints(join(root, folder))) expect(unsaid(project, file)).toEqual([])
  })
})

describe('names that say nothing are found', () => {
  /** Of a package that has this one source. */
  function unsaidOf(source: string): string[] {
    const files = { '/package/tsconfig.json': '{}', '/package/src/log.ts': source }
    const entry = "export { Log, type LogOptions } from './log.ts'\n"
    const fs = createVirtualFileSystem({ ...files, '/package/src/index.ts': entry })
    const api = new API({ cwd: '/package', fs })
    try {
      const config = '/package/tsconfig.json'
      const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!
      return unsaid(project, '/package/src/index.ts').map((line) => line.replace(/^.*: /, ''))
    } finally {
      api.close()
    }
  }

  const good = `
/** What a log is opened with. */
export interface LogOptions {
  /** Bytes of one segment. Default 1,024. */
  readonly segmentBytes?: number
}
interface Closable {
  /** Idempotent. */
  close(): void
}
/** Records in their order. */
export class Log extends Error implements Closable {
  override readonly name = 'Log'
  readonly #hidden = 1
  private secret = 2
  /** The first one that is left. */
  readonly startOffset = 0
  close() {}
  /** Reads what is on the disk. */
  static open(options: LogOptions) { return new Log() }
}
`

  test('none, where each says something; what is private, inherited or implemented need not', () => {
    expect(unsaidOf(good)).toEqual([])
  })

  test.each([
    ['an interface', '/** What a log is opened with. */', '', 'LogOptions'],
    ['a member of an interface', '/** Bytes of one segment. Default 1,024. */', '', 'LogOptions.segmentBytes'],
    ['a class', '/** Records in their order. */', '/** @see LogOptions */', 'Log'],
    [
      'a member that repeats its name',
      '/** The first one that is left. */',
      '/** The start offset. */',
      'Log.startOffset',
    ],
    ['what the interface does not say either', '/** Idempotent. */', '', 'Log.close'],
    ['a static function', '/** Reads what is on the disk. */', '/** Opens the log. */', 'Log.open'],
  ])('%s', (_what, docstring, instead, name) => {
    expect(unsaidOf(good.replace(docstring, instead))).toEqual([name])
  })
})
