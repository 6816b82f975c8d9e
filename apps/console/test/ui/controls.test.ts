import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { buttonClass } from '../../src/ui/button.tsx'
import { Input } from '../../src/ui/input.tsx'
import { Select } from '../../src/ui/select.tsx'

// To a browser every <select> is :read-only, so it would be as grey as a field that nobody can write into.
test('only what is typed into has the look of read-only', () => {
  expect(renderToStaticMarkup(createElement(Input))).toContain('read-only:')
  expect(renderToStaticMarkup(createElement(Select))).not.toContain('read-only:')
})

test('what cannot be used has neither the weight of the first action nor the colour of a dangerous one', () => {
  for (const variant of ['primary', 'default', 'ghost', 'danger'] as const) {
    expect(buttonClass(variant, 'md', true)).not.toMatch(/bg-inverse|bad|hover:/)
  }
})
