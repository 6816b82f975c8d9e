import { expect, test } from 'vitest'
import { type CommitMember, GroupCommit } from '../../src/disk/group-commit.ts'

class Member implements CommitMember {
  commits = 0
  pending = 0
  #release: (() => void) | undefined

  async commit(): Promise<boolean> {
    this.commits++
    await new Promise<void>((resolve) => {
      this.#release = resolve
    })
    return --this.pending > 0
  }

  finish(): void {
    this.#release?.()
    this.#release = undefined
  }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

test('starts at once when idle, and what comes during a cycle shares the next one', async () => {
  const commits = new GroupCommit({ maxPendingBytes: 100, parallelCommits: 4 })
  const [one, two, three] = [new Member(), new Member(), new Member()]
  commits.schedule(one)
  commits.schedule(two)
  await turns()
  expect([one.commits, two.commits, commits.cycleCount]).toEqual([1, 1, 1])
  commits.schedule(three)
  commits.schedule(one)
  commits.schedule(one)
  await turns()
  expect(three.commits).toBe(0)
  one.finish()
  await turns()
  // The cycle waits for its slowest member.
  expect(three.commits).toBe(0)
  two.finish()
  await turns()
  expect([one.commits, two.commits, three.commits, commits.cycleCount]).toEqual([2, 1, 1, 2])
})

test('a member with more to do is in the next cycle', async () => {
  const commits = new GroupCommit({ maxPendingBytes: 100, parallelCommits: 4 })
  const member = new Member()
  member.pending = 3
  commits.schedule(member)
  for (let cycle = 1; cycle <= 3; cycle++) {
    await turns()
    expect(member.commits).toBe(cycle)
    member.finish()
  }
  await turns()
  expect(member.commits).toBe(3)
})

test('runs a bounded number of members at a time', async () => {
  const commits = new GroupCommit({ maxPendingBytes: 100, parallelCommits: 2 })
  const members = Array.from({ length: 5 }, () => new Member())
  for (const member of members) commits.schedule(member)
  await turns()
  expect(members.map((member) => member.commits)).toEqual([1, 1, 0, 0, 0])
  members[0]!.finish()
  await turns()
  expect(members.map((member) => member.commits)).toEqual([1, 1, 1, 0, 0])
})

test('takes one append whatever its size, and refuses what comes on top', () => {
  const commits = new GroupCommit({ maxPendingBytes: 100, parallelCommits: 1 })
  commits.reserve(500)
  expect(() => commits.reserve(1)).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  commits.release(500)
  commits.reserve(60)
  commits.reserve(40)
  expect(() => commits.reserve(1)).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  expect(commits.pendingBytes).toBe(100)
})
