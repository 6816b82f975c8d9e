import { expect, test } from 'vitest'
import { SequenceCheck } from '../../src/lib/sequence-check.ts'

test('contiguous offsets and rising epochs are well, wherever they begin', () => {
  const check = new SequenceCheck()
  for (const [offset, epoch] of [
    [40, 3],
    [41, 3],
    [42, 5],
  ] as const)
    expect(check.check({ offset, epoch })).toEqual([])
})

test('a hole, a repeat and an epoch that goes back are found', () => {
  const check = new SequenceCheck()
  check.check({ offset: 1, epoch: 3 })
  expect(check.check({ offset: 4, epoch: 3 })).toEqual([{ kind: 'gap', fromOffset: 2, toOffset: 3 }])
  expect(check.check({ offset: 4, epoch: 3 })).toEqual([{ kind: 'duplicate', offset: 4 }])
  expect(check.check({ offset: 5, epoch: 2 })).toEqual([{ kind: 'epoch-back', epoch: 2, before: 3 }])
  expect(check.check({ offset: 6, epoch: 3 })).toEqual([])
})

test('what was said to be skipped is no hole', () => {
  const check = new SequenceCheck()
  check.check({ offset: 1, epoch: 3 })
  check.skipTo(10)
  expect(check.check({ offset: 10, epoch: 3 })).toEqual([])
  check.skipTo(5)
  expect(check.check({ offset: 11, epoch: 3 })).toEqual([])
})
