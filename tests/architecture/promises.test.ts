import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ANOMALIES } from '../checker/anomaly.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const documents = globSync('{*.md,{docs,packages,apps,tests,examples,benchmarks}/**/*.md}', {
  cwd: root,
  exclude: (name) => name.includes('node_modules'),
}).toSorted()

/** The last cells of the table of promises: what shows each. */
function evidence(text: string): string[] {
  const table = text.slice(text.indexOf('| promise |'), text.indexOf('## How long writes wait'))
  const rows = table.split('\n').filter((line) => line.startsWith('| **'))
  return rows.map((row) => row.split(' | ').at(-1)!)
}

/** Why a name in such a cell shows nothing; undefined when there is what it names. `behind`: what stands behind it. */
function problemOf(name: string, behind: string): string | undefined {
  if (name.includes('/')) return existsSync(join(root, name)) ? undefined : `there is no ${name}`
  if (name in ANOMALIES) return undefined
  const file = `tests/faults/${name}.test.ts`
  if (!existsSync(join(root, file))) return `there is neither ${file} nor an anomaly of that name`
  const bugs = /^ \(([B\d, ]+)\)/.exec(behind)?.[1]?.split(', ') ?? []
  const titles = [...read(file).matchAll(/\b(?:test|describe)\b[^'`]*(['`])(.*?)\1/g)].map(([, , title]) => title!)
  const missing = bugs.filter((bug) => !titles.some((title) => new RegExp(`\\b${bug}\\b`).test(title)))
  return missing.length === 0 ? undefined : `no test of ${file} is titled ${missing.join(', ')}`
}

function problemsOf(cell: string): string[] {
  const named = [...cell.matchAll(/`([^`]+)`([^`]*)/g)]
  const problems = named.map(([, name, behind]) => problemOf(name!, behind!))
  const invariants = [...cell.matchAll(/\bI\d+\b/g)].map(([name]) => name)
  const observer = read('tests/simulation/observer/cluster-observer.ts')
  for (const name of invariants) if (!observer.includes(`${name}:`)) problems.push(`the observer does not hold ${name}`)
  if (named.length + invariants.length === 0) problems.push('it names no test')
  return problems.filter((problem) => problem !== undefined)
}

describe('docs/guarantees.md', () => {
  const cells = evidence(read('docs/guarantees.md'))

  test('has promises', () => expect(cells.length).toBeGreaterThan(10))

  test.each(cells)('names tests that are there: %s', (cell) => expect(problemsOf(cell)).toEqual([]))

  test('what is not there is found', () => {
    expect(problemsOf('`no-such-test`, `tests/none`')).toHaveLength(2)
    expect(problemsOf('`tails` (B1, B6)')).toEqual(['no test of tests/faults/tails.test.ts is titled B1'])
    expect(problemsOf('simulation (I99)')).toEqual(['the observer does not hold I99'])
    expect(problemsOf('always')).toEqual(['it names no test'])
  })
})

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

function anchorsIn(path: string): Set<string> {
  const text = read(path).replace(/^```[\s\S]*?^```/gm, '')
  return new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!.trim())))
}

describe('links between documents', () => {
  test.each(documents)('%s', (path) => {
    const text = read(path)
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/`[^`\n]*`/g, '')
    const lost: string[] = []
    for (const [, link] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
      const [file, anchor] = link!.split('#')
      const target = file === '' ? path : join(dirname(path), file!)
      const isThere = existsSync(join(root, target)) && (anchor === undefined || anchorsIn(target).has(anchor))
      if (!isThere) lost.push(link!)
    }
    expect(lost).toEqual([])
  })
})
