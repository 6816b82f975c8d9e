import { expect, test } from 'vitest'
import { LazyAbort } from '../src/waiting.ts'

test('ends who waits already, and who comes after', () => {
  const abort = new LazyAbort()
  const early = abort.signal
  expect([abort.aborted, early.aborted]).toEqual([false, false])
  abort.abort()
  expect([abort.aborted, early.aborted]).toEqual([true, true])

  const late = new LazyAbort()
  late.abort()
  late.abort()
  expect([late.aborted, late.signal.aborted]).toEqual([true, true])
})
