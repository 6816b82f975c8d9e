import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { acquireLease, releaseLease, renewLease, updateIsr } from '../src/lease-operations.ts'
import { EMPTY_LEASE_RECORD, type LeaseRecord, leaseRemainingMs } from '../src/lease-record.ts'
import type { Candidate, LeaseStore } from '../src/lease-store.ts'

/** A step of a random history. What it says of epochs and versions is relative, or most would be refused for the same reason. */
export type Command =
  | {
      readonly type: 'acquire'
      readonly who: Candidate
      readonly minEpochDelta: number
      readonly replaces: string | undefined
      readonly ttlMs: number
    }
  | {
      readonly type: 'renew'
      readonly who: Candidate | 'holder'
      readonly epochDelta: number
      readonly isrEpochDelta: number
      readonly isrVersionDelta: number
      readonly ttlMs: number
    }
  | { readonly type: 'release'; readonly who: Candidate | 'holder'; readonly epochDelta: number }
  | {
      readonly type: 'updateIsr'
      readonly who: Candidate | 'holder'
      readonly epochDelta: number
      readonly versionDelta: number
      readonly minVersionDelta: number
      readonly isr: readonly string[]
    }
  | { readonly type: 'read' }
  | { readonly type: 'passTime'; readonly byMs: number }
  | { readonly type: 'forget' }
  /** The coordinator goes back to the record it had so many steps ago. */
  | { readonly type: 'restore'; readonly stepsBack: number }

const candidates: readonly Candidate[] = [
  { id: 'a', incarnation: '1', ownerIndex: 0 },
  { id: 'a', incarnation: '2', ownerIndex: 0 },
  { id: 'b', incarnation: '1', ownerIndex: 63 },
  { id: 'ü "x"', incarnation: '\n', ownerIndex: 17 },
  { id: 'free', incarnation: '1' },
]
const who = fc.constantFrom(...candidates)
const whoOrHolder = fc.oneof({ weight: 4, arbitrary: fc.constant('holder' as const) }, { weight: 1, arbitrary: who })
const delta = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(-1, 1) },
  { weight: 1, arbitrary: fc.constantFrom(-64, 63, 64, 1_000, 2 ** 40, 2 ** 51) },
)
const ttlMs = fc.constantFrom(1, 40, 5_000, 60_000)

export const histories: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('acquire' as const),
        who,
        minEpochDelta: delta,
        replaces: fc.constantFrom(undefined, '1', '2'),
        ttlMs,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('renew' as const),
        who: whoOrHolder,
        epochDelta: delta,
        isrEpochDelta: delta,
        isrVersionDelta: delta,
        ttlMs,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('release' as const), who: whoOrHolder, epochDelta: delta }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('updateIsr' as const),
        who: whoOrHolder,
        epochDelta: delta,
        versionDelta: delta,
        minVersionDelta: delta,
        isr: fc.array(fc.constantFrom('a', 'b', 'ü "'), { maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('read' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('passTime' as const),
        byMs: fc.constantFrom(10, 4_990, 5_000, 60_000, 3_600_000, -10, -3_600_000),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('forget' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('restore' as const), stepsBack: fc.integer({ min: 1, max: 8 }) }),
    },
  ),
  { minLength: 5, maxLength: 25 },
)

export interface AgreementTarget {
  readonly store: LeaseStore
  readonly group: string
  /** The coordinator's clock. */
  nowMs(): Promise<number>
  /** Time passes for the record; `record` is as it should be. */
  passTime(byMs: number, record: LeaseRecord): Promise<LeaseRecord>
  /** Puts the record there, whatever it was; the empty one by deleting it. */
  put(record: LeaseRecord): Promise<void>
}

/** Feeds a history to a store and to the pure operations: each answer and each record left behind must be the same. */
export async function assertAgreement(target: AgreementTarget, history: readonly Command[]): Promise<void> {
  const { store, group } = target
  await target.put(EMPTY_LEASE_RECORD)
  let record: LeaseRecord = EMPTY_LEASE_RECORD
  const past: LeaseRecord[] = []
  for (const command of history) {
    past.push(record)
    if (command.type === 'passTime') record = await target.passTime(command.byMs, record)
    else if (command.type === 'forget' || command.type === 'restore') {
      record = command.type === 'forget' ? EMPTY_LEASE_RECORD : (past.at(-1 - command.stepsBack) ?? EMPTY_LEASE_RECORD)
      await target.put(record)
    } else record = await assertStep(target, command, record)
    assert.deepEqual((await store.read(group)).record, record, JSON.stringify(command))
  }
}

type Operation = Exclude<Command, { type: 'passTime' | 'forget' | 'restore' }>

async function assertStep(target: AgreementTarget, command: Operation, record: LeaseRecord): Promise<LeaseRecord> {
  const { ask, expect } = resolve(target, command, record)
  const fromMs = await target.nowMs()
  const answer = await ask()
  const untilMs = await target.nowMs()
  // The answer was made at one of these moments, and must be right for it.
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs++) {
    const step = expect(nowMs)
    if (isDeepStrictEqual(answer, step.answer)) return step.record
  }
  assert.deepEqual(answer, expect(fromMs).answer, JSON.stringify(command))
  return record
}

function resolve({ store, group }: AgreementTarget, command: Operation, record: LeaseRecord) {
  const above = (base: number, by: number) => Math.min(Math.max(0, base + by), Number.MAX_SAFE_INTEGER - 64)
  switch (command.type) {
    case 'acquire': {
      const minEpoch = above(record.epoch, command.minEpochDelta)
      const { who: candidate, ttlMs, replaces } = command
      const request = { group, candidate, minEpoch, ttlMs, ...(replaces === undefined ? {} : { replaces }) }
      return { ask: () => store.acquire(request), expect: (nowMs: number) => acquireLease(record, request, nowMs) }
    }
    case 'renew': {
      const request = {
        group,
        candidate: candidateOf(command.who, record),
        epoch: above(record.epoch, command.epochDelta),
        isrEpoch: above(record.isrEpoch, command.isrEpochDelta),
        isrVersion: above(record.isrVersion, command.isrVersionDelta),
        ttlMs: command.ttlMs,
      }
      return { ask: () => store.renew(request), expect: (nowMs: number) => renewLease(record, request, nowMs) }
    }
    case 'release': {
      const epoch = above(record.epoch, command.epochDelta)
      const request = { group, candidate: candidateOf(command.who, record), epoch }
      return { ask: () => store.release(request), expect: () => releaseLease(record, request) }
    }
    case 'updateIsr': {
      const request = {
        group,
        candidate: candidateOf(command.who, record),
        epoch: above(record.epoch, command.epochDelta),
        expectedVersion: above(record.isrVersion, command.versionDelta),
        minVersion: above(record.isrVersion, command.minVersionDelta),
        isr: command.isr.map((brokerId) => ({ brokerId, diskId: `disk ${brokerId}` })),
      }
      return { ask: () => store.updateIsr(request), expect: () => updateIsr(record, request) }
    }
    case 'read':
      return {
        ask: () => store.read(group),
        expect: (nowMs: number) => {
          const answer = { group, record, remainingMs: leaseRemainingMs(record, nowMs) }
          return { record, answer }
        },
      }
  }
}

function candidateOf(who: Candidate | 'holder', record: LeaseRecord): Candidate {
  if (who !== 'holder') return who
  return { id: record.holder ?? 'nobody', incarnation: record.incarnation ?? 'none' }
}
