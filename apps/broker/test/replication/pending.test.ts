import { expect, test } from 'vitest'
import { Pending } from '../../src/replication/pending.ts'

test('gives each value once, by its number', () => {
  const pending = new Pending<string>()
  pending.set(7, 'seven')
  pending.set(1_000_000, 'a million')
  expect(pending.take(8)).toBeUndefined()
  expect(pending.take(7)).toBe('seven')
  expect(pending.take(7)).toBeUndefined()
  expect(pending.takeAll()).toEqual(['a million'])
  expect(pending.takeAll()).toEqual([])
})

test('gives all that wait, the lowest number first', () => {
  const pending = new Pending<number>()
  const numbers = Array.from({ length: 5_000 }, (_, index) => index * 3 + 1)
  for (const number of [...numbers].reverse()) pending.set(number, number)
  for (const number of numbers.slice(0, 100)) expect(pending.take(number)).toBe(number)
  expect(pending.takeAll()).toEqual(numbers.slice(100))
})
