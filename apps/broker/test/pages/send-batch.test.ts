import { expect, test } from 'vitest'
import { sendRows } from '../../src/pages/send-batch.ts'

test('of a file whose sender is gone the rest is not read', async () => {
  let read = 0
  async function* rows() {
    for (; read < 10; read++) yield Array.from({ length: 2_000 }, () => ({ record: { value: 1 } }))
  }
  const isGone = () => read === 3
  const fate = { partition: 0, offset: 0, epoch: 0, timestamp: 0 }
  const send = async (records: readonly unknown[]) => records.map(() => fate)
  const sending = { rows: rows(), send, isOver: isGone, isGone, maxInFlightBytes: 1_048_576 }
  expect(await sendRows(sending)).toMatchObject({ sent: 6_000 })
  expect(read).toBe(3)
})
