import { describe, expect, test } from 'vitest'
import { judge } from '../../../src/data/produce/judge.ts'

const answer = (error: Parameters<typeof judge>[0]['error'], baseOffset = -1) => ({
  error,
  baseOffset,
  leaderEpoch: 8,
  detail: 'why',
})

describe('what follows from an answer', () => {
  test('written, with its place', () => {
    expect(judge(answer(null, 1042), { mayBeWritten: true })).toEqual({ kind: 'written', offset: 1042, epoch: 8 })
  })

  test('a duplicate of what may be written is that; of a first attempt it is somebody else', () => {
    expect(judge(answer('DUPLICATE_SEQUENCE'), { mayBeWritten: true })).toMatchObject({ kind: 'written', offset: null })
    expect(judge(answer('DUPLICATE_SEQUENCE'), { mayBeWritten: false })).toMatchObject({ kind: 'refused' })
  })

  test('what may succeed later is sent again, and remembers whether it may be written', () => {
    expect(judge(answer('NOT_ENOUGH_REPLICAS'), { mayBeWritten: false })).toMatchObject({ mayBeWritten: false })
    expect(judge(answer('REQUEST_TIMED_OUT'), { mayBeWritten: false })).toMatchObject({
      kind: 'retry',
      mayBeWritten: true,
    })
  })

  test('a refusal says nothing about an earlier attempt', () => {
    expect(judge(answer('RECORD_TOO_LARGE'), { mayBeWritten: true })).toMatchObject({
      kind: 'refused',
      mayBeWritten: true,
    })
    expect(judge(answer('RECORD_TOO_LARGE'), { mayBeWritten: false })).toMatchObject({ mayBeWritten: false })
  })
})
