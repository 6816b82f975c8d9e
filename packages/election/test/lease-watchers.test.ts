import { expect, test } from 'vitest'
import { EMPTY_LEASE_RECORD } from '../src/lease-record.ts'
import type { LeaseObservation } from '../src/lease-store.ts'
import { LeaseWatchers } from '../src/lease-watchers.ts'
import { ManualPorts } from '../src/testing/manual-ports.ts'

test('a look that failed is made up for at the next poll, though nothing has changed since', async () => {
  const ports = new ManualPorts()
  const heard: number[] = []
  let epoch = 1
  let isAway = false
  let hasChanged = false
  const watchers = new LeaseWatchers({
    ports,
    pollMs: 50,
    look: async (group): Promise<LeaseObservation | undefined> =>
      isAway ? undefined : { group, record: { ...EMPTY_LEASE_RECORD, epoch }, remainingMs: 0 },
    isWorthALook: () => {
      const isWorth = hasChanged
      hasChanged = false
      return isWorth
    },
  })
  watchers.observe('default', ({ record }) => heard.push(record.epoch))
  await ports.advance(50)
  expect(heard).toEqual([1])

  epoch = 2
  hasChanged = true
  isAway = true
  await ports.advance(50)
  isAway = false
  await ports.advance(50)
  expect(heard).toEqual([1, 2])
  watchers.close()
})
