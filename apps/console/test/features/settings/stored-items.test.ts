import { expect, test } from 'vitest'
import { storedWords } from '../../../src/features/settings/stored-items.ts'

test('what is stored is told in words, and by its name where there are none', () => {
  expect(storedWords('yak.peers')).toBe('Addresses of the brokers')
  expect(storedWords('yak.draft.orders')).toBe('Draft for orders')
  expect(storedWords('yak.draft.')).toBe('Draft for no topic yet')
  expect(storedWords('yak.other')).toBe('yak.other')
})
