import { YakError } from '@yak/protocol'
import { newCoordinatorId } from '../coordinator-id.ts'
import {
  assertAcquireRequest,
  assertGroup,
  assertReleaseRequest,
  assertRenewRequest,
  assertUpdateIsrRequest,
} from '../lease-arguments.ts'
import { type IsrMember, type LeaseRecord, leaseRemainingMs } from '../lease-record.ts'
import type {
  AcquireAnswer,
  AcquireRequest,
  CallOptions,
  LeaseObservation,
  LeaseStore,
  LeaseStoreStatus,
  RefusalReason,
  ReleaseAnswer,
  ReleaseRequest,
  RenewAnswer,
  RenewRequest,
  UpdateIsrAnswer,
  UpdateIsrRequest,
} from '../lease-store.ts'
import { LeaseWatchers } from '../lease-watchers.ts'
import type { LeaseScriptName } from './lease-scripts.ts'
import { RedisConnection } from './redis-connection.ts'
import { type RedisLeaseStoreOptions, type RedisSettings, resolveRedisOptions } from './redis-options.ts'

const fieldCount = 9

interface Reply {
  readonly nowMs: number
  readonly outcome: string
  readonly record: LeaseRecord
  readonly before: LeaseRecord
}

/** The coordinator in Redis: one hash for each group, one Lua script for each operation. */
export class RedisLeaseStore implements LeaseStore {
  readonly #settings: RedisSettings
  readonly #watchers: LeaseWatchers
  #connection!: RedisConnection

  private constructor(settings: RedisSettings) {
    this.#settings = settings
    this.#watchers = new LeaseWatchers({
      ports: settings.ports,
      pollMs: settings.pollMs,
      look: (group) => this.read(group).catch(() => undefined),
      onGroupWatched: (group, isWatched) => {
        const { channel } = this.#keys(group)
        if (isWatched) this.#connection.subscribe(channel)
        else this.#connection.unsubscribe(channel)
      },
    })
  }

  /**
   * Connects, and keeps connecting. Resolves after the first attempt whether it went well or not: look at `status`, or take the
   * error of the first call. Throws a TypeError for options that cannot be right.
   */
  static async open(options: RedisLeaseStoreOptions = {}): Promise<RedisLeaseStore> {
    const settings = resolveRedisOptions(options)
    const store = new RedisLeaseStore(settings)
    store.#connection = await RedisConnection.open(settings, {
      onReady: () => store.#watchers.lookNow(),
      onMessage: (channel, message) => store.#push(channel, message),
    })
    return store
  }

  get status(): LeaseStoreStatus {
    return this.#connection.board.status
  }

  async acquire(request: AcquireRequest, options?: CallOptions): Promise<AcquireAnswer> {
    assertAcquireRequest(request)
    const { group, candidate, replaces, minEpoch = 0, ttlMs } = request
    // Without one it replaces itself, which it may anyway.
    const replaced = replaces ?? candidate.incarnation
    const args = [candidate.id, candidate.incarnation, candidate.ownerIndex ?? -1, minEpoch, ttlMs, replaced]
    const { outcome, record, before, nowMs } = await this.#call('yakLeaseAcquire', group, args, options)
    if (outcome === 'held') return { acquired: false, record, remainingMs: leaseRemainingMs(record, nowMs) }
    return { acquired: true, epoch: record.epoch, before: { ...before, suspect: record.suspect }, record }
  }

  async renew(request: RenewRequest, options?: CallOptions): Promise<RenewAnswer> {
    assertRenewRequest(request)
    const { group, candidate, epoch, isrEpoch = 0, isrVersion = 0, ttlMs } = request
    const args = [candidate.id, candidate.incarnation, epoch, isrEpoch, isrVersion, ttlMs]
    const { outcome, record, nowMs } = await this.#call('yakLeaseRenew', group, args, options)
    if (outcome === 'renewed' || outcome === 'renewed-isr-behind') {
      return { renewed: true, record, isrBehind: outcome === 'renewed-isr-behind' }
    }
    const remainingMs = leaseRemainingMs(record, nowMs)
    return { renewed: false, reason: outcome as RefusalReason, record, remainingMs }
  }

  async release(request: ReleaseRequest, options?: CallOptions): Promise<ReleaseAnswer> {
    assertReleaseRequest(request)
    const { group, candidate, epoch } = request
    const args = [candidate.id, candidate.incarnation, epoch]
    const { outcome, record } = await this.#call('yakLeaseRelease', group, args, options)
    if (outcome === 'released-now') return { released: true, record }
    return { released: false, reason: outcome as RefusalReason, record }
  }

  async updateIsr(request: UpdateIsrRequest, options?: CallOptions): Promise<UpdateIsrAnswer> {
    assertUpdateIsrRequest(request)
    const { group, candidate, epoch, expectedVersion, minVersion = expectedVersion, isr } = request
    const args = [candidate.id, candidate.incarnation, epoch, expectedVersion, minVersion, isrText(isr)]
    const { outcome, record } = await this.#call('yakLeaseUpdateIsr', group, args, options)
    if (outcome === 'updated') return { updated: true, record }
    return { updated: false, reason: outcome as RefusalReason | 'version-mismatch', record }
  }

  async read(group: string, options?: CallOptions): Promise<LeaseObservation> {
    assertGroup(group)
    const { record, nowMs } = await this.#call('yakLeaseRead', group, [], options)
    return { group, record, remainingMs: leaseRemainingMs(record, nowMs) }
  }

  observe(group: string, listener: (observation: LeaseObservation) => void): () => void {
    assertGroup(group)
    return this.#watchers.observe(group, listener)
  }

  async identify(options?: CallOptions): Promise<string> {
    const key = `${this.#settings.prefix}coordinator`
    const fresh = newCoordinatorId(this.#settings.ports)
    const id = await this.#connection.call('yakCoordinatorId', { key, channel: '' }, [fresh], options)
    if (typeof id === 'string' && id !== '') return id
    const message = `Redis at ${this.#settings.address.text} has no id in ${key} and takes none.`
    throw new YakError('COORDINATOR_READ_ONLY', message, { details: { key } })
  }

  onStatus(listener: (status: LeaseStoreStatus) => void): () => void {
    return this.#connection.board.onStatus(listener)
  }

  async close(): Promise<void> {
    this.#watchers.close()
    this.#connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #keys(group: string): { readonly key: string; readonly channel: string } {
    const key = `${this.#settings.prefix}lease:${group}`
    return { key, channel: `${key}:changes` }
  }

  async #call(
    script: LeaseScriptName,
    group: string,
    args: readonly (string | number)[],
    options: CallOptions | undefined,
  ): Promise<Reply> {
    const fields = await this.#connection.call(script, this.#keys(group), args, options)
    if (!isTexts(fields, 2 + 2 * fieldCount)) throw this.#unreadable(group)
    return {
      nowMs: Number(fields[0]),
      outcome: fields[1] ?? '',
      record: this.#record(group, fields.slice(2, 2 + fieldCount)),
      before: this.#record(group, fields.slice(2 + fieldCount)),
    }
  }

  #push(channel: string, message: string): void {
    const group = this.#watchers.groups.find((name) => this.#keys(name).channel === channel)
    if (group === undefined) return
    try {
      const fields: unknown = JSON.parse(message)
      if (!isTexts(fields, 1 + fieldCount)) throw this.#unreadable(group)
      const record = this.#record(group, fields.slice(1))
      this.#watchers.pushed({ group, record, remainingMs: leaseRemainingMs(record, Number(fields[0])) })
    } catch {
      // Somebody else's message on our channel: what is in the record counts.
      this.#watchers.lookNow()
    }
  }

  #record(group: string, fields: readonly string[]): LeaseRecord {
    const [epoch, holder, incarnation, leaseUntilMs, ttlMs, isr, isrEpoch, isrVersion, suspect] = fields
    return {
      epoch: Number(epoch),
      holder: holder || null,
      incarnation: incarnation || null,
      leaseUntilMs: Number(leaseUntilMs),
      ttlMs: Number(ttlMs),
      isr: this.#isr(group, isr ?? ''),
      isrEpoch: Number(isrEpoch),
      isrVersion: Number(isrVersion),
      suspect: suspect === '1',
    }
  }

  #isr(group: string, text: string): readonly IsrMember[] {
    try {
      return (JSON.parse(text) as [string, string][]).map(([brokerId, diskId]) => ({ brokerId, diskId }))
    } catch (cause) {
      throw this.#unreadable(group, cause)
    }
  }

  #unreadable(group: string, cause?: unknown): YakError {
    const { key } = this.#keys(group)
    const message = `The key ${key} in Redis at ${this.#settings.address.text} is not a lease record. Choose another database or prefix in ${this.#settings.setting}, or delete the key.`
    return new YakError('COORDINATOR_INVALID', message, { details: { key }, cause })
  }
}

function isrText(isr: readonly IsrMember[]): string {
  return JSON.stringify(isr.map(({ brokerId, diskId }) => [brokerId, diskId]))
}

function isTexts(value: unknown, length: number): value is string[] {
  return Array.isArray(value) && value.length === length && value.every((field) => typeof field === 'string')
}
