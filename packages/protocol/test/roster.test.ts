import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Roster } from '../src/roster.ts'

test('keeps members in the order they came, each once', () => {
  const roster = new Roster<string>()
  for (const name of ['a', 'b', 'a', 'c']) roster.add(name)
  expect([...roster]).toEqual(['a', 'b', 'c'])
  expect(roster.size).toBe(3)
  expect(roster.newest).toBe('c')
  expect(roster.delete('b')).toBe(true)
  expect(roster.delete('b')).toBe(false)
  expect([...roster]).toEqual(['a', 'c'])
  expect(roster.has('b')).toBe(false)
  roster.clear()
  expect([...roster]).toEqual([])
  expect(roster.newest).toBeUndefined()
})

test('whoever comes or goes while it is gone through changes nothing', () => {
  const roster = new Roster<number>()
  for (const number of [1, 2, 3]) roster.add(number)
  const seen: number[] = []
  for (const number of roster) {
    seen.push(number)
    roster.delete(number)
    roster.add(number + 10)
  }
  expect(seen).toEqual([1, 2, 3])
  expect([...roster]).toEqual([11, 12, 13])
})

test('what came and went is not kept by what survived a full collection', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
  /** Bytes that are left after members came and went and only the young generation was collected. */
  const leftBytes = (members: { add(member: object): unknown; delete(member: object): unknown }): number => {
    members.add(members)
    members.delete(members)
    collect()
    const before = getHeapStatistics().used_heap_size
    for (let round = 0; round < 20_000; round++) {
      const member = { round, text: 'some text that a member holds' }
      members.add(member)
      members.delete(member)
      if (round % 1_000 === 0) collect({ type: 'minor' })
    }
    collect({ type: 'minor' })
    collect({ type: 'minor' })
    return getHeapStatistics().used_heap_size - before
  }
  const ofSet = leftBytes(new Set<object>())
  expect(leftBytes(new Roster<object>())).toBeLessThan(ofSet / 4)
})
