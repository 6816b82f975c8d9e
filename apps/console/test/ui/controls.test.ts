import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { buttonClass } from '../../src/ui/button.tsx'
import { Input } from '../../src/ui/input.tsx'
import { Select } from '../../src/ui/select.tsx'
import { Skeleton } from '../../src/ui/skeleton.tsx'

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

// Both classes would be important, and the larger one comes later in the style sheet: `!size-7` would change nothing.
test('a smaller icon button can be asked for, and a skeleton with other corners', () => {
  expect(buttonClass('ghost', 'icon')).toContain(' size-8 ')
  expect(buttonClass('ghost', 'icon')).toContain('max-sm:!size-11')
  expect(renderToStaticMarkup(createElement(Skeleton, { className: 'h-4' }))).toContain('rounded-sm')
  expect(renderToStaticMarkup(createElement(Skeleton, { className: 'h-96 rounded-lg' }))).not.toContain('rounded-sm')
})
