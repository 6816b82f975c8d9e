import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../../../src/data/api/api-error.ts'
import { pendingWrites } from '../../../src/data/pending-writes.ts'
import { patientWrite } from '../../../src/features/topics/patient-write.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const refusal = (code: string, outcome: 'not-written' | 'unknown' = 'not-written') =>
  new ApiError({ code, status: 503, detail: code, retriable: true, outcome }, { url: 'http://b1' })

test('without a leader it waits, in sight, and writes once there is one', async () => {
  let attempts = 0
  const written = patientWrite('create topic orders', () =>
    ++attempts < 3 ? Promise.reject(refusal('LEADER_NOT_AVAILABLE')) : Promise.resolve('written'),
  )
  await vi.advanceTimersByTimeAsync(500)
  expect(pendingWrites.get().map(({ label }) => label)).toEqual(['create topic orders'])
  await vi.advanceTimersByTimeAsync(500)
  await expect(written).resolves.toBe('written')
  expect(pendingWrites.get()).toEqual([])
})

test('cancelled, it ends with the refusal, and does not write again', async () => {
  let attempts = 0
  const written = patientWrite('delete topic orders', () => {
    attempts++
    return Promise.reject(refusal('LEADER_NOT_AVAILABLE'))
  })
  const ended = expect(written).rejects.toThrow('LEADER_NOT_AVAILABLE')
  await vi.advanceTimersByTimeAsync(0)
  pendingWrites.get()[0]!.cancel()
  await ended
  expect(attempts).toBe(1)
  expect(pendingWrites.get()).toEqual([])
})

test('a write whose outcome is unknown is never sent again by itself', async () => {
  let attempts = 0
  const written = patientWrite('create topic orders', () => {
    attempts++
    return Promise.reject(refusal('BROKERS_UNREACHABLE', 'unknown'))
  })
  await expect(written).rejects.toThrow('BROKERS_UNREACHABLE')
  expect(attempts).toBe(1)
})
