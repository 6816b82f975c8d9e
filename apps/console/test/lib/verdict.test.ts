import { describe, expect, test } from 'vitest'
import { type VerdictInput, verdictOf } from '../../src/lib/verdict.ts'

const partition = (number: number, isr = ['1', '2', '3']) => ({
  partition: number,
  leader: { id: '1' },
  isr,
  replicas: ['1', '2', '3'],
})
const healthy: VerdictInput = {
  cluster: {
    leader: { id: '1' },
    epoch: 7,
    isr: ['1', '2', '3'],
    coordinator: { type: 'redis', connected: true },
    brokers: ['1', '2', '3'].map((id) => ({ id, alive: true })),
  },
  brokers: ['1', '2', '3'].map((id) => ({ id, state: { reasons: [], partitions: [] } })),
  topics: [{ name: 'orders', partitions: [partition(0), partition(1)] }],
}

describe('verdictOf', () => {
  test('a healthy cluster says what was looked at', () => {
    expect(verdictOf(healthy)).toEqual({
      tone: 'ok',
      sentence: 'Healthy: 3 brokers, all 2 partitions led and in sync.',
      reasons: [],
    })
    expect(verdictOf({ ...healthy, topics: [] }).sentence).toBe('Healthy: 3 brokers, no topic yet.')
  })
  test('the worst reason comes first', () => {
    const verdict = verdictOf({
      ...healthy,
      cluster: {
        ...healthy.cluster,
        leader: null,
        coordinator: { type: 'redis', connected: false },
        brokers: [{ id: '1', alive: false }, ...healthy.cluster.brokers.slice(1)],
      },
    })
    expect(verdict.tone).toBe('bad')
    expect(verdict.sentence).toMatch(/^No broker leads \(epoch 7\)/)
    expect(verdict.reasons.map(({ tone }) => tone)).toEqual(['bad', 'warn', 'coord'])
  })
  test('partitions with too few in sync are counted, and link to the first', () => {
    const verdict = verdictOf({
      ...healthy,
      topics: [{ name: 'orders', partitions: [partition(0, ['1']), partition(1)] }],
    })
    expect(verdict).toMatchObject({
      tone: 'warn',
      reasons: [{ text: '1 partition has fewer replicas in sync than it should', to: '/topics/orders/partitions' }],
    })
  })
  test('what several brokers say in the same words is said once', () => {
    const says = (id: string, ...reasons: string[]) => ({ id, state: { reasons, partitions: [] } })
    const gone = 'Broker 3 does not answer at http://b3:1.'
    const { reasons } = verdictOf({ ...healthy, brokers: [says('1', gone), says('2', gone, 'The disk is full.')] })
    expect(reasons.map(({ text, to }) => [text, to])).toEqual([
      ['b1, b2: b3 does not answer at http://b3:1.', '/brokers/1'],
      ['b2: The disk is full.', '/brokers/2'],
    ])
  })
  test('a log that is not served is worse than a broker that is gone', () => {
    const verdict = verdictOf({
      ...healthy,
      cluster: { ...healthy.cluster, brokers: [...healthy.cluster.brokers.slice(0, 2), { id: '3', alive: false }] },
      brokers: [
        { id: '2', state: { reasons: [], partitions: [{ topic: 'orders', partition: 1, error: 'LOG_DAMAGED' }] } },
      ],
    })
    expect(verdict.sentence).toBe('b2 does not serve orders/1 (LOG_DAMAGED).')
    expect(verdict.reasons[1]!.text).toBe('b3 does not answer')
  })
})
