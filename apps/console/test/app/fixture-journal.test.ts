import { expect, test } from 'vitest'
import { fixtureJournal } from '../../src/app/fixture-journal.ts'
import { toldEvents } from '../../src/lib/told-events.ts'

const openedAt = 1_767_225_600_000
const journal = (trouble: Parameters<typeof fixtureJournal>[0]['trouble'] = null) =>
  fixtureJournal({
    openedAt,
    urlOf: (id) => `http://yak-${id}.example:5000`,
    topics: [{ name: 'orders', id: 'x', partitions: 6 }],
    trouble,
  })

test('each broker counts its own lines, and never knew of an epoch that it forgot', () => {
  for (const trouble of [null, 'leader-lost', 'coordinator-lost', 'replica-lost'] as const) {
    const entries = journal(trouble)
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).toSorted((a, b) => a - b))
    for (const [id, own] of Map.groupBy(entries, ({ brokerId }) => brokerId)) {
      expect(own.map(({ seq }) => seq)).toEqual(own.map((_, index) => own[0]!.seq + index))
      const epochs = own.map(({ epoch }) => epoch)
      expect(epochs, `of broker ${id}`).toEqual(epochs.toSorted((a, b) => a - b))
      expect(new Set(epochs)).toEqual(new Set([6, 7, 8]))
    }
  }
})

test('what all brokers see all of them tell, and what one does itself that one alone', () => {
  const tellers = new Map(
    toldEvents(journal()).map(({ first, entries }) => [first.text, entries.map(({ brokerId }) => brokerId).join()]),
  )
  expect(tellers.get('Broker 1 leads in epoch 8.')).toBe('1,2,3')
  expect(tellers.get('Topic orders was created with 6 partitions.')).toBe('3,1,2')
  expect(tellers.get('Broker 2 (YAK 0.1.0) serves at http://yak-2.example:5000.')).toBe('2')
  expect(tellers.get('No leader is known since epoch 7.')).toBe('1,2')
})
