import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configOptions } from '../src/config.ts'
import { call, runningBroker } from './running-broker.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8')

test('docs/operations.md lists every setting as it is', () => {
  for (const option of configOptions()) {
    const { flag, variable, description, allowed, unit } = option
    const shownUnit = unit === '' ? '' : `, ${unit}`
    const shownDefault = option.default === '' ? '' : `\`${option.default}\``
    expect(page).toContain(
      `| \`${flag}\` | \`${variable}\` | ${description} | ${allowed}${shownUnit} | ${shownDefault} |`,
    )
  }
})

test('docs/operations.md names no metric that is not there', async () => {
  const { metrics } = (await call(await runningBroker(), '/metrics')).body as { readonly metrics: { name: string }[] }
  const names = new Set(metrics.map(({ name }) => name))
  const named = new Set([...page.matchAll(/\byak_[a-z0-9_]+/g)].map(([name]) => name))
  expect(named.size).toBeGreaterThan(10)
  expect([...named].filter((name) => !names.has(name))).toEqual([])
})
