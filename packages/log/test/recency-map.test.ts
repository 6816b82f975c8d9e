import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecencyMap } from '../src/recency-map.ts'

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('set' as const), key: fc.nat(7), value: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('delete' as const), key: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('deleteOldest' as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('clear' as const) }) },
)

test('is a map from which a key is deleted before it is set', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new RecencyMap<number, number>()
      const model = new Map<number, number>()
      for (const each of steps) {
        if (each.act === 'set') {
          map.set(each.key, each.value)
          model.delete(each.key)
          model.set(each.key, each.value)
        } else if (each.act === 'delete') {
          map.delete(each.key)
          model.delete(each.key)
        } else if (each.act === 'deleteOldest') {
          const [oldest] = model.keys()
          expect(map.deleteOldest()).toBe(oldest === undefined ? undefined : model.get(oldest))
          if (oldest !== undefined) model.delete(oldest)
        } else {
          map.clear()
          model.clear()
        }
        expect([...map.values()]).toEqual([...model.values()])
        expect(map.size).toBe(model.size)
        for (let key = 0; key < 8; key++) expect(map.get(key)).toBe(model.get(key))
      }
    }),
  )
})

test('to set the same few keys again leaves nothing in the old generation', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
  /** Bytes that are left after values came and went and only the young generation was collected. */
  const leftBytes = (map: { set(key: number, value: object): void }): number => {
    for (let key = 0; key < 3; key++) map.set(key, {})
    collect()
    const before = getHeapStatistics().used_heap_size
    for (let round = 0; round < 20_000; round++) {
      map.set(round % 3, { round, text: 'what a value holds' })
      if (round % 1_000 === 0) collect({ type: 'minor' })
    }
    collect({ type: 'minor' })
    collect({ type: 'minor' })
    return getHeapStatistics().used_heap_size - before
  }
  // First: V8 puts what is made where much of it lived long straight into the old generation.
  const own = leftBytes(new RecencyMap<number, object>())
  const values = new Map<number, object>()
  const ofMap = leftBytes({
    set: (key, value) => {
      values.delete(key)
      values.set(key, value)
    },
  })
  expect(own).toBeLessThan(ofMap / 4)
})
