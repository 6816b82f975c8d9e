import { expect, test } from 'vitest'
import { waitsForLeader } from '../../src/lib/leader-wait.ts'
import { writeUrl } from '../../src/lib/write-url.ts'

const [b1, b2, b3] = ['http://b1', 'http://b2', 'http://b3']

test('a page on its own broker lets that one send it on', () => {
  expect(writeUrl({ home: b1, current: b1 }, b3)).toBeUndefined()
})

test('a page that moved to another broker goes to the leader itself', () => {
  expect(writeUrl({ home: b1, current: b2 }, b3)).toBe(b3)
  expect(writeUrl({ home: b1, current: b2 }, b2)).toBeUndefined()
  expect(writeUrl({ home: b1, current: b2 }, null)).toBeUndefined()
})

test('only what a leader cures is waited for', () => {
  const failed = (code: string) => Object.assign(new Error(code), { code })
  expect(waitsForLeader(failed('LEADER_NOT_AVAILABLE'))).toBe(true)
  expect(waitsForLeader(failed('UNKNOWN_TOPIC'))).toBe(false)
  expect(waitsForLeader(new Error('LEADER_NOT_AVAILABLE'))).toBe(false)
})
