import { YakError } from '@yak/protocol'
import { beforeEach, describe, expect, test } from 'vitest'
import { ElectionMachine, type MachineInput, type MachineOutput } from '../src/election-machine.ts'
import { EMPTY_LEASE_RECORD, type LeaseRecord } from '../src/lease-record.ts'

const ttlMs = 3_000
const own = { holder: 'a', incarnation: '1' }

/** The machine alone, with answers no coordinator and no clock would give in that order. */
describe('the election machine', () => {
  let machine: ElectionMachine
  let nowMs: number
  beforeEach(() => {
    nowMs = 1_000
    machine = new ElectionMachine({
      id: 'a',
      incarnation: '1',
      ttlMs,
      initialDelayMs: 0,
      minEpoch: () => 0,
      random: () => 0,
    })
  })

  const step = (input: MachineInput, at = nowMs): MachineOutput[] => {
    nowMs = at
    return machine.step(input, nowMs)
  }
  const types = (outputs: MachineOutput[]) => outputs.map(({ type }) => type)
  const record = (fields: Partial<LeaseRecord>): LeaseRecord => ({ ...EMPTY_LEASE_RECORD, ttlMs, ...fields })
  const observe = (fields: Partial<LeaseRecord>, remainingMs: number, at = nowMs) =>
    step({ type: 'observed', observation: { group: 'g', record: record(fields), remainingMs } }, at)
  const acquired = (epoch: number, sentAtMs = nowMs, at = nowMs) => {
    const answer = { acquired: true, epoch, before: EMPTY_LEASE_RECORD, record: record({ epoch, ...own }) } as const
    return step({ type: 'acquire-answered', answer, sentAtMs }, at)
  }
  const renewed = (epoch: number, sentAtMs: number, at = nowMs) => {
    const answer = { renewed: true, record: record({ epoch, ...own }), isrBehind: false } as const
    return step({ type: 'renew-answered', epoch, answer, sentAtMs }, at)
  }
  const lead = (epoch = 1) => {
    step({ type: 'start', isConnected: true })
    observe({}, 0)
    return acquired(epoch)
  }

  test('asks at once when the record is free, and leads when it is answered', () => {
    expect(step({ type: 'start', isConnected: true })).toEqual([])
    expect(types(observe({}, 0))).toEqual(['observed', 'acquire'])
    expect(acquired(1)).toMatchObject([{ type: 'elected', epoch: 1, isResumed: false }])
    expect(machine.lease).toMatchObject({ epoch: 1, validUntilMs: nowMs + ttlMs })
    expect(machine.wakeAtMs).toBe(nowMs + ttlMs / 3)
  })

  test('does not wait for an observation of a store that is away', () => {
    expect(types(step({ type: 'start', isConnected: false }))).toEqual(['acquire'])
  })

  test('asks anyway when no observation comes', () => {
    step({ type: 'start', isConnected: true })
    expect(machine.wakeAtMs).toBe(nowMs + ttlMs / 3)
    expect(types(step({ type: 'wake' }, nowMs + ttlMs / 3))).toEqual(['acquire'])
  })

  test('an acquisition that was answered when its lease was over is not announced, but renewed', () => {
    step({ type: 'start', isConnected: true })
    observe({}, 0)
    expect(acquired(1, nowMs, nowMs + ttlMs)).toEqual([{ type: 'renew', epoch: 1 }])
    expect(machine.lease).toBeUndefined()
    expect(renewed(1, nowMs, nowMs + 1)).toMatchObject([{ type: 'elected', epoch: 1, isResumed: true }])
  })

  test('a renewal that was answered when its lease was over is not announced either', () => {
    lead()
    const sentAtMs = nowMs + 1_000
    expect(types(step({ type: 'wake' }, sentAtMs))).toEqual(['renew'])
    expect(types(renewed(1, sentAtMs, sentAtMs + ttlMs + 1))).toEqual(['lost', 'renew'])
    expect(machine.lease).toBeUndefined()
  })

  test('another with a later epoch, seen before any renewal was refused, ends it at once', () => {
    lead()
    const outputs = observe({ epoch: 2, holder: 'b', incarnation: 'x', leaseUntilMs: 9 }, 2_000)
    expect(outputs.slice(1)).toEqual([{ type: 'lost', epoch: 1, reason: 'superseded' }])
    expect(machine.wakeAtMs).toBe(nowMs + 2_000)
  })

  test('a record older than the own lease is asked about, not believed', () => {
    lead(65)
    const outputs = observe({ epoch: 1, holder: 'b', incarnation: 'x' }, 500)
    expect(outputs.slice(1)).toEqual([{ type: 'renew', epoch: 65 }])
    expect(machine.lease?.epoch).toBe(65)
  })

  test('the answer to a renewal of an earlier lease says nothing of this one', () => {
    lead(1)
    const sentAtMs = nowMs + 1_000
    expect(types(step({ type: 'wake' }, sentAtMs))).toEqual(['renew'])
    observe({ epoch: 2, holder: 'b', incarnation: 'x' }, 10)
    expect(types(step({ type: 'wake' }, nowMs + 10))).toEqual(['acquire'])
    acquired(65)
    const validUntilMs = machine.lease?.validUntilMs
    const refusal = {
      renewed: false,
      reason: 'superseded',
      record: record({ epoch: 65, ...own }),
      remainingMs: 9,
    } as const
    expect(step({ type: 'renew-answered', epoch: 1, answer: refusal, sentAtMs })).toEqual([])
    expect(renewed(1, sentAtMs - 900)).toEqual([])
    const error = new YakError('COORDINATOR_NO_ANSWER', 'late')
    expect(types(step({ type: 'call-failed', call: 'renew', epoch: 1, error }))).toEqual(['problem'])
    expect(machine.lease).toMatchObject({ epoch: 65, validUntilMs })
    expect(machine.wakeAtMs).toBe(nowMs + ttlMs / 3)
  })

  test('told to let go in the middle of an acquisition: never announced, released, and rested', () => {
    step({ type: 'start', isConnected: true })
    observe({}, 0)
    expect(step({ type: 'release', restMs: 5_000 })).toEqual([])
    expect(acquired(1)).toEqual([{ type: 'release', epoch: 1 }])
    expect(step({ type: 'release-answered' })).toEqual([])
    expect(machine.wakeAtMs).toBe(nowMs + 5_000)
  })

  test('told to let go in the middle of an acquisition that is refused', () => {
    step({ type: 'start', isConnected: true })
    observe({}, 0)
    step({ type: 'release', restMs: 100 })
    const held = record({ epoch: 2, holder: 'b', incarnation: 'x' })
    const answer = { acquired: false, record: held, remainingMs: 700 } as const
    expect(step({ type: 'acquire-answered', answer, sentAtMs: nowMs })).toEqual([])
    expect(types(step({ type: 'wake' }, nowMs + 700))).toEqual(['acquire'])
    expect(types(acquired(65))).toEqual(['elected'])
  })

  test('the rest is over when another has held the lease', () => {
    lead()
    expect(types(step({ type: 'release', restMs: 1_000_000 }))).toEqual(['lost', 'release'])
    step({ type: 'release-answered' })
    expect(machine.wakeAtMs).toBe(nowMs + 1_000_000)
    observe({ epoch: 2, holder: 'b', incarnation: 'x' }, 2_000)
    expect(machine.wakeAtMs).toBe(nowMs + 2_000)
  })

  test('a release without an answer: the lease is the own one, and can be taken again', () => {
    lead()
    step({ type: 'release', restMs: 0 })
    const error = new YakError('COORDINATOR_NO_ANSWER', 'silence')
    expect(types(step({ type: 'call-failed', call: 'release', epoch: 1, error }))).toEqual(['problem'])
    observe({ epoch: 1, ...own }, 2_000)
    expect(types(step({ type: 'wake' }, nowMs + ttlMs))).toEqual(['acquire'])
  })

  test('a lease under the own id is another living process only when it is renewed', () => {
    step({ type: 'start', isConnected: true })
    const twin = { epoch: 1, holder: 'a', incarnation: 'other', leaseUntilMs: 5_000 }
    expect(types(observe(twin, 2_000))).toEqual(['observed'])
    expect(types(observe(twin, 1_500))).toEqual(['observed'])
    expect(types(observe({ ...twin, leaseUntilMs: 4_000 }, 500))).toEqual(['observed'])
    expect(observe({ ...twin, leaseUntilMs: 6_000 }, 2_500)[1]).toMatchObject({
      error: { code: 'DUPLICATE_CANDIDATE' },
    })
    expect(types(observe({ ...twin, leaseUntilMs: 7_000 }, 2_500))).toEqual(['observed'])
  })

  test('failures are told once, and the pauses grow to a bound', () => {
    lead()
    const error = new YakError('COORDINATOR_UNREACHABLE', 'away')
    const pauses: number[] = []
    for (let failure = 0; failure < 12; failure++) {
      const outputs = step({ type: 'wake' }, machine.wakeAtMs)
      if (!types(outputs).includes('renew')) continue
      const told = types(step({ type: 'call-failed', call: 'renew', epoch: 1, error }))
      expect(told).toEqual(failure === 0 ? ['problem'] : [])
      pauses.push(machine.wakeAtMs! - nowMs)
    }
    expect(pauses.slice(0, 4)).toEqual([30, 60, 120, 240])
    expect(Math.max(...pauses)).toBeLessThanOrEqual(ttlMs / 3)
  })

  test('after the stop nothing comes any more', () => {
    lead()
    expect(types(step({ type: 'stop' }))).toEqual(['lost', 'release'])
    expect(types(step({ type: 'release-answered' }))).toEqual(['stopped'])
    expect(machine.isStopped).toBe(true)
    expect(step({ type: 'wake' })).toEqual([])
    expect(observe({}, 0)).toEqual([])
    expect(machine.wakeAtMs).toBeUndefined()
  })
})
