import { expect, test } from 'vitest'
import type { MessageBody } from '../../src/replication/core/core-state.ts'
import { type Members, membersHash } from '../../src/replication/core/identity.ts'
import type { CallResult, Input } from '../../src/replication/core/inputs.ts'
import { defaultCoreOptions } from '../../src/replication/core/options.ts'
import type { Output } from '../../src/replication/core/outputs.ts'
import { ReplicationCore } from '../../src/replication/core/replication-core.ts'
import {
  type CoordinatorRecord,
  emptyCluster,
  metadataKey,
  noIsr,
  type PartitionBoot,
} from '../../src/replication/core/state.ts'

const leaseMs = 5_000
const members: Members = { version: 1, brokerIds: ['a', 'b', 'c'], minInsyncReplicas: 2 }
const released = (epoch: number): CoordinatorRecord => ({
  ...noIsr,
  epoch,
  holder: null,
  leaseRemainingMs: 0,
  isSuspect: false,
})

const topicList: PartitionBoot = {
  key: metadataKey,
  settings: { minInsyncReplicas: 2, isRelaxed: false },
  log: { logStartOffset: 0, endOffset: 0, epochs: [] },
  highWatermark: 0,
  isDamaged: false,
}

/** Broker a with an empty voter's disk that has promised this epoch; chance gives the same number each time. */
class Candidate {
  readonly #core: ReplicationCore
  #nowMs = 0
  #sent: Output[] = []

  constructor(promisedEpoch: number, chance = 0.5) {
    const self = { brokerId: 'a', diskId: 'a1', incarnation: '1.a1' }
    const cluster = { ...emptyCluster, clusterId: 'one', membership: 'voter' as const }
    const promise = promisedEpoch === 0 ? null : { epoch: promisedEpoch, candidate: self }
    this.#core = new ReplicationCore(
      {
        ...defaultCoreOptions,
        self,
        members,
        newClusterId: 'none',
        random: () => chance,
        leaseMs,
        replicaLagMaxMs: leaseMs,
      },
      { cluster, promise, isr: null, entered: new Map(), partitions: [topicList], removed: [] },
      this.#nowMs,
    )
    this.#take()
  }

  step(input: Input): void {
    this.#core.step(input, this.#nowMs)
    this.#take()
  }

  hear(brokerId: string, body: MessageBody): void {
    const from = { brokerId, diskId: `${brokerId}1`, incarnation: `1.${brokerId}1` }
    this.step({ type: 'message', message: { ...body, from, clusterId: 'one', membersHash: membersHash(members) } })
  }

  observe(record: CoordinatorRecord | null): void {
    this.step({ type: 'observed', record, isConnected: true })
  }

  /** Lets time pass until it asks for the lease, and answers so. Gives how long that took. */
  untilAcquire(result: CallResult): number {
    const sinceMs = this.#nowMs
    for (;;) {
      const asked = this.#sent.find((output) => output.type === 'call' && output.call.type === 'acquire')
      this.#sent = []
      if (asked?.type === 'call') {
        this.step({ type: 'called', id: asked.id, result })
        return this.#nowMs - sinceMs
      }
      expect(this.#core.wakeAt).toBeLessThan(Number.POSITIVE_INFINITY)
      this.#nowMs = this.#core.wakeAt
      this.step({ type: 'tick' })
    }
  }

  /** Of the last promise that it asked for. */
  get requestId(): number {
    const request = this.#sent.findLast(({ type }) => type === 'send') as Extract<Output, { type: 'send' }>
    expect(request).toMatchObject({ type: 'send', message: { type: 'promise-request' } })
    return (request.message as Extract<typeof request.message, { type: 'promise-request' }>).requestId
  }

  /** What it saves is on the disk at once. */
  #take(): void {
    for (let output = this.#core.nextOutput(); output !== undefined; output = this.#core.nextOutput()) {
      this.#sent.push(output)
      if (output.type === 'save') this.#core.step({ type: 'saved', id: output.id }, this.#nowMs)
    }
  }
}

const noAnswer: CallResult = { type: 'failed', reason: 'The coordinator does not answer.' }

test.each([
  { chance: 0, first: [25, 50, 100], longestMs: leaseMs / 6 },
  { chance: 1 - Number.EPSILON, first: [75, 150, 300], longestMs: leaseMs / 2 },
])(
  'after each failed attempt it waits longer, and half a lease at most: chance $chance',
  ({ chance, first, longestMs }) => {
    const candidate = new Candidate(0, chance)
    candidate.observe(null)
    candidate.untilAcquire(noAnswer)
    const waits = Array.from({ length: 12 }, () => candidate.untilAcquire(noAnswer))
    first.forEach((ms, index) => {
      expect(waits[index]).toBeCloseTo(ms, 3)
    })
    expect(Math.max(...waits)).toBeCloseTo(longestMs, 3)
  },
)

test('a leader that the coordinator has forgotten is given one lease to come back, and not one more for each higher epoch that is heard of', () => {
  const candidate = new Candidate(128)
  candidate.observe(released(64))
  expect(candidate.untilAcquire({ type: 'acquired', epoch: 192, before: released(64) })).toBe(leaseMs)
  candidate.observe(released(192))
  const { requestId } = candidate
  candidate.hear('c', {
    type: 'promise-response',
    requestId,
    verdict: 'higher',
    promisedEpoch: 194,
    isr: null,
    partitions: [],
    historyCuts: [],
    votesNeeded: 2,
    isLeaving: false,
  })
  candidate.observe(released(192))
  expect(candidate.untilAcquire({ type: 'acquired', epoch: 256, before: released(192) })).toBeLessThan(100)
})

test('each leader is given it: once one was followed, a lease passes again', () => {
  const candidate = new Candidate(128)
  candidate.observe(released(64))
  expect(candidate.untilAcquire(noAnswer)).toBe(leaseMs)
  candidate.hear('b', { type: 'announce', epoch: 193, isServing: true, founders: [] })
  candidate.observe(released(64))
  expect(candidate.untilAcquire(noAnswer)).toBe(leaseMs)
})
