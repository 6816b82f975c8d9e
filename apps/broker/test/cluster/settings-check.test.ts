import { setImmediate } from 'node:timers/promises'
import { EMPTY_LEASE_RECORD } from '@yak/election'
import { expect, test } from 'vitest'
import { SettingsCheck } from '../../src/cluster/settings-check.ts'
import type { SharedSettings } from '../../src/replication/transport/shared-settings.ts'

const leaseMs = 1_000
const members = '1, 2 in --peers and a --min-insync of 2'

/** Broker 1, whose coordinator says an id that the test may change. */
class Check {
  nowMs = 0
  id = 'x'
  epoch = 0
  address = 'redis://a:6379/0'
  readonly remarks: string[] = []
  readonly check = new SettingsCheck({
    brokerId: '1',
    clusterId: () => 'C',
    members: { version: 1, brokerIds: ['1', '2'], minInsyncReplicas: 2 },
    group: 'yak',
    leaseMs,
    onRemark: (remark) => this.remarks.push(remark),
    nowMs: () => this.nowMs,
  })

  /** The coordinator is asked, as it is once a lease. */
  async read(): Promise<void> {
    const { address } = this
    this.check.start({
      identify: async () => this.id,
      read: async (group) => ({ group, record: { ...EMPTY_LEASE_RECORD, epoch: this.epoch }, remainingMs: 0 }),
      status: { type: 'redis', address, isConnected: true, problem: undefined },
    })
    this.check.close()
    await setImmediate()
  }

  /** What broker 2 says, whose coordinator was read just now. */
  hear(id: string, change: Partial<SharedSettings> = {}, ageMs = 0, epoch?: number): void {
    const coordinator = { address: 'redis://b:6379/0', id, ageMs, epoch }
    this.check.compare('2', { clusterId: 'C', members, group: 'yak', leaseMs, coordinator, ...change })
  }
}

test('another group and another lease are told at once, once, and until they are alike', () => {
  const one = new Check()
  one.hear('x', { group: 'other', leaseMs: 2_000 })
  one.hear('x', { group: 'other', leaseMs: 2_000 })
  expect(one.remarks).toEqual([
    expect.stringMatching(
      /^Broker 2 has --group other, and this one, broker 1, has yak: .* restart those that differ\.$/,
    ),
    expect.stringMatching(/^Broker 2 has --lease-ms 2000, and this one, broker 1, has 1000: /),
  ])
  expect(one.check.remarks()).toEqual(one.remarks)
  one.hear('x')
  expect(one.check.remarks()).toEqual([])
  one.hear('x', { group: 'other' })
  expect(one.remarks).toHaveLength(3)
})

test('other members are told with those of both', () => {
  const one = new Check()
  one.hear('x', { members: '1, 2 in --peers and a --min-insync of 1' })
  expect(one.remarks).toEqual([
    expect.stringMatching(
      /^Broker 2 has 1, 2 in --peers and a --min-insync of 1, and this one, broker 1, has 1, 2 in .* of 2: /,
    ),
  ])
})

test('a broker of another cluster is told as that, and may have whatever settings', () => {
  const one = new Check()
  one.hear('x', { group: 'other' })
  one.hear('x', { clusterId: 'D', group: 'other', leaseMs: 2_000 })
  const told = one.check.remarks()
  expect(told).toEqual([expect.stringMatching(/^Broker 1 belongs to cluster C, broker 2 to D\. Correct --peers, or/)])
  expect(one.remarks).toHaveLength(2)
  one.hear('x', { clusterId: '' })
  expect(one.check.remarks()).toEqual([])
})

test('another coordinator is told when it lasts, whatever the addresses say', async () => {
  const one = new Check()
  for (one.nowMs = 0; one.nowMs < 3 * leaseMs; one.nowMs += leaseMs) {
    await one.read()
    one.hear('y')
    expect(one.remarks).toEqual([])
  }
  await one.read()
  one.hear('y')
  expect(one.remarks).toEqual([
    'Broker 2 and this one, broker 1, have different coordinators: redis://b:6379/0 and redis://a:6379/0. Each has a lease of its ' +
      'own, so the leader may change to and fro. Give all brokers the same --coordinator, and restart those that differ.',
  ])
  one.hear('x')
  expect(one.check.remarks()).toEqual([])
})

test('one name that leads to two', async () => {
  const one = new Check()
  one.address = 'redis://b:6379/0'
  for (one.nowMs = 0; one.nowMs <= 3 * leaseMs; one.nowMs += leaseMs) {
    await one.read()
    one.hear('y')
  }
  expect(one.remarks[0]).toMatch(
    /^Broker 2 and this one, broker 1, name redis:\/\/b:6379\/0 in --coordinator, and each reaches/,
  )
})

test('a coordinator that forgot and is called otherwise is no other: each was asked again in between', async () => {
  const one = new Check()
  await one.read()
  one.hear('y')
  // Broker 1 asks anew, and is told what broker 2 was told.
  one.nowMs = leaseMs
  one.id = 'y'
  await one.read()
  one.hear('y')
  one.nowMs = 5 * leaseMs
  await one.read()
  // Again, and long after the first time.
  one.hear('z')
  expect(one.remarks).toEqual([])
})

test('what was read too long ago, or not at all, says nothing', async () => {
  const one = new Check()
  one.hear('y')
  await one.read()
  one.hear('y')
  // Its own is old by now; then that of the other.
  one.nowMs = 10 * leaseMs
  one.hear('y')
  await one.read()
  one.hear('y', {}, 3 * leaseMs)
  one.hear('y', { coordinator: null })
  expect(one.remarks).toEqual([])
  one.hear('y')
  expect(one.remarks).toHaveLength(1)
})

/** A lease goes by: broker 2 says what it read, then the own coordinator is asked. */
async function lease(one: Check, theirEpoch: number, ownEpoch: number): Promise<void> {
  one.nowMs += leaseMs
  one.hear('x', {}, 0, theirEpoch)
  one.epoch = ownEpoch
  await one.read()
}

test('a copy of a coordinator is told when it lasts: a later reading of one and the same is never lower', async () => {
  const one = new Check()
  await one.read()
  for (let count = 0; count < 3; count++) await lease(one, 129, 64)
  expect(one.remarks).toEqual([])
  await lease(one, 129, 64)
  expect(one.remarks).toEqual([
    'Broker 2 and this one, broker 1, have coordinators of which one is a copy of the other: redis://b:6379/0 has epoch 129, redis://a:6379/0 ' +
      'had 64 after that. Each has a lease of its own, so the leader may change to and fro. Stop the copy, as a replica of Redis that was made ' +
      'a primary beside the old one, or give all brokers the same --coordinator.',
  ])
  // This one is ahead: that may be, and says nothing.
  await lease(one, 129, 192)
  expect(one.check.remarks()).toHaveLength(1)
  await lease(one, 192, 192)
  expect(one.check.remarks()).toEqual([])
  await lease(one, 257, 192)
  expect(one.remarks).toHaveLength(1)
})

test('a coordinator that went back is no copy: the others read that too', async () => {
  const one = new Check()
  await one.read()
  await lease(one, 129, 64)
  await lease(one, 64, 64)
  for (let count = 0; count < 5; count++) await lease(one, 129, 129)
  await lease(one, 129, 64)
  expect(one.remarks).toEqual([])
})

test('what was heard while the own coordinator was asked may be newer, and is compared the next time', async () => {
  const one = new Check()
  await one.read()
  for (let count = 0; count < 6; count++) {
    one.nowMs += leaseMs
    const reading = one.read()
    one.hear('x', {}, 0, 129 + count)
    await reading
    one.epoch = 129 + count
  }
  expect(one.remarks).toEqual([])
})
