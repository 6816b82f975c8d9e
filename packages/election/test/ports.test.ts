import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '../src')
const ambient = /\b(Date\.now|new Date\(|Math\.random|performance\.now|hrtime|setTimeout|setInterval|setImmediate)\b/

/** What a simulation cannot decide, it cannot replay. */
test('time and chance are read in one file', () => {
  const readers = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => ambient.test(readFileSync(join(source, name), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')))
  expect(readers).toEqual(['system-ports.ts'])
})

test('what decides does no I/O', () => {
  for (const name of ['lease-operations.ts', 'lease-record.ts', 'election-machine.ts', 'lease-watchers.ts']) {
    expect(readFileSync(join(source, name), 'utf8'), name).not.toMatch(/from '(node:|ioredis)/)
  }
})
