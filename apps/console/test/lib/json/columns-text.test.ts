import { expect, test } from 'vitest'
import { readColumns } from '../../../src/lib/json/columns-text.ts'

test('fields of the value, with commas between, each once', () => {
  expect(readColumns('').columns).toEqual([])
  expect(readColumns(' status, user.id,,items[0].sku , status').columns).toEqual(['status', 'user.id', 'items[0].sku'])
})

test('what is no field, and more than there is room for, is refused with what to type', () => {
  expect(readColumns('status, user..id').problem).toBe('user..id is no field. Write user.id, items[0], ["a b"].')
  expect(readColumns('a,b,c,d,e,f,g,h,i').problem).toBe('Give at most 8, not 9.')
})
