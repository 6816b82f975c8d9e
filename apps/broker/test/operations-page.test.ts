import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configOptions } from '../src/config.ts'

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
