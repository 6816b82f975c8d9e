import { decodeRecordBatch, recordBatches } from '@yak/protocol'
import type { Input } from '../../../apps/broker/src/replication/core/inputs.ts'
import type { FetchRequest, FetchResponse } from '../../../apps/broker/src/replication/core/messages.ts'
import type { Answer, Output, RoleName } from '../../../apps/broker/src/replication/core/outputs.ts'
import {
  type ClusterState,
  type HistoryCut,
  type IsrRecord,
  metadataKey,
} from '../../../apps/broker/src/replication/core/state.ts'
import { topicChangeIn } from '../topic-list.ts'
import type { Trace } from '../trace.ts'
import { CoverageObserver, type CoverageObserverOptions } from './coverage-observer.ts'
import { DeletedRecords } from './deleted-records.ts'
import { describeInput, describeOutput } from './describe.ts'
import { KeptRecords } from './kept-records.ts'
import { LogStarts } from './log-starts.ts'
import { type Moment, momentOf } from './moment.ts'
import { RelaxedHistory } from './relaxed-history.ts'
import { type FoundLog, VouchedRecords } from './vouched-records.ts'

export interface ClusterObserverOptions extends CoverageObserverOptions {
  readonly trace: Trace
  /** A read that lacks what was acknowledged so long ago is stale. */
  readonly staleAfterMs: number
  /** A broker came to a step that matters. */
  readonly onMoment: (broker: string, moment: Moment) => void
  /** A broker has put on record that the history of a partition is cut. */
  readonly onCut: (partition: string, epoch: number, offset: number) => void
  readonly isRelaxed: (partition: string) => boolean
  /** A power cut took acknowledged records of a relaxed topic: a leader of that epoch began without those from the offset on. */
  readonly onRelaxedLoss: (partition: string, epoch: number, offset: number) => void
  /** Called with the first thing that must not be. */
  readonly onViolation: (message: string) => void
}

/** What the observer keeps of one run of one broker's core. */
interface Seen {
  role: RoleName
  readonly isrSaves: Map<number, IsrRecord>
  readonly batches: Map<number, { readonly crc: number; readonly epoch: number; readonly deletes: readonly string[] }>
  /** Whose requests are those of candidates. */
  readonly reconciling: Set<string>
  hasFailedSave: boolean
  /** By partition: the high watermark it last told of. */
  readonly highWatermarks: Map<string, number>
}

/**
 * Looks at every step of every core: writes the trace, has what a run has met counted, and holds what no single broker can
 * see against the invariants, at the step that breaks them and not at the end.
 *
 *   I1  what a candidate reads stands still: nobody lets it read who is bound to another;
 *       a leader appends above everything that was acknowledged under its epoch and all before; nobody cuts off
 *       what was acknowledged; a log has after a crash what it vouched for; of a relaxed topic a power cut may take that
 *   I2  one epoch, one appender
 *   I3  one (offset, epoch), one batch; and what a broker takes for committed is what was acknowledged there
 *   I4  a read is not older than a lease
 *   I7  a produce is answered once: a second answer could say otherwise
 *   I9  a second process under its id does not disturb a follower
 *   I10 topics take effect below the high watermark, and only one that was deleted loses its log; where logs begin: `LogStarts`
 */
export class ClusterObserver {
  readonly #options: ClusterObserverOptions
  readonly #covered: CoverageObserver
  readonly #seen = new Map<string, Seen>()
  readonly #appenderOf = new Map<number, string>()
  readonly #batchAt = new Map<string, { readonly crc: number; readonly by: string }>()
  /** By partition: the highest end acknowledged under each epoch. */
  readonly #acknowledged = new Map<string, Map<number, number>>()
  /** By partition: when which end was acknowledged, rising. */
  readonly #acknowledgedAt = new Map<string, { readonly atMs: number; readonly end: number }[]>()
  readonly #kept = new KeptRecords()
  readonly #vouched = new VouchedRecords(this.#kept)
  readonly #relaxed: RelaxedHistory
  readonly #cuts: HistoryCut[] = []
  #committedTopics = 0
  /** Where the topic list deletes a partition, as far as a leader has written that. */
  readonly #deletionsOf = new Map<string, number[]>()
  readonly logStarts: LogStarts
  readonly deletedRecords: DeletedRecords
  /** Whose deletion has taken effect somewhere: what was acknowledged there may go. */
  readonly #deleted = new Set<string>()
  readonly #keyOfProduce = new Map<string, string>()
  readonly #promisedTo = new Map<string, { readonly epoch: number; readonly candidate: string }>()
  readonly #savedIsr = new Map<string, IsrRecord>()
  readonly #lastFetchOf = new Map<string, { readonly to: string; readonly message: FetchRequest }>()
  /** A second process runs under the id of these; and the disk of the first. */
  readonly inUseTwice = new Map<string, string>()
  /** What these show lacks nothing that was acknowledged, however short a time ago. */
  readonly showsNothingOld = new Set<string>()
  /** These run with empty folders by mistake. */
  readonly inWrongFolder = new Set<string>()
  #isLossExcused = false

  constructor(options: ClusterObserverOptions) {
    this.#options = options
    this.#covered = new CoverageObserver(options)
    const { coverage, isRelaxed, onRelaxedLoss, onViolation } = options
    const heldBetween: KeptRecords['heldBetween'] = (...place) => this.#kept.heldBetween(...place)
    this.logStarts = new LogStarts({ coverage, onViolation, heldBetween })
    this.deletedRecords = new DeletedRecords(options)
    this.#relaxed = new RelaxedHistory({
      kept: this.#kept,
      vouched: this.#vouched,
      coverage,
      isRelaxed: (key) => isRelaxed(key) && !this.#deleted.has(key),
      logStartOf: (broker, key) => this.logStarts.startOf(broker, key),
      onLoss: (cut) => {
        this.#loses(cut)
        onRelaxedLoss(cut.key, cut.epoch, cut.offset)
      },
      onViolation: (message) => this.#violated(message),
    })
  }

  /** A new run of a broker begins; what the last one had under way is gone. */
  started(broker: string): void {
    this.#covered.started(broker)
    this.#seen.set(broker, {
      role: 'unattached',
      isrSaves: new Map(),
      batches: new Map(),
      reconciling: new Set(),
      hasFailedSave: false,
      highWatermarks: new Map(),
    })
  }

  ended(broker: string): void {
    this.#covered.ended(broker)
    this.logStarts.ended(broker)
    this.#seen.delete(broker)
  }

  powerCut(broker: string): void {
    this.#vouched.powerCut(broker)
  }

  diskHarmed(broker: string): void {
    this.#vouched.diskHarmed(broker)
    this.logStarts.diskHarmed(broker)
  }

  /** It has opened its logs. `told`: of which it said that a power cut may have taken their end; undefined: it has nobody to tell. */
  booted(broker: string, logs: readonly FoundLog[], told?: ReadonlySet<string>): void {
    this.#relaxed.booted(broker, logs, told)
    this.logStarts.booted(broker, logs)
  }

  /** The newest that is on its disk for certain. */
  savedIsr(broker: string): IsrRecord | undefined {
    return this.#savedIsr.get(broker)
  }

  /** What a follower asked last, and whom. */
  lastFetchOf(broker: string): { readonly to: string; readonly message: FetchRequest } | undefined {
    return this.#lastFetchOf.get(broker)
  }

  isLeader(broker: string): boolean {
    return this.#seen.get(broker)?.role === 'leader'
  }

  onInput(broker: string, input: Input): void {
    const { trace } = this.#options
    const seen = this.#seen.get(broker)
    if (seen === undefined) return
    if (trace.isOn && input.type !== 'tick') trace.note(broker, () => `  ← ${describeInput(input)}`)
    this.#covered.onInput(broker, input)
    switch (input.type) {
      case 'message':
        if (input.message.type === 'fetch-request' && input.message.purpose === 'reconcile') {
          seen.reconciling.add(`${input.message.from.brokerId} ${input.message.requestId}`)
        }
        break
      case 'produce':
        this.#keyOfProduce.set(`${broker}/${input.id}`, input.key)
        break
      case 'appended':
        if (!input.isDuplicate) this.#appended(broker, seen, input)
        break
      case 'partition-removed':
        this.#removed(broker, input.key)
        break
      case 'synced':
        this.#vouched.vouched(broker, input.key, input.syncedEndOffset)
        break
      case 'truncated':
        this.#vouched.cut(broker, input.key, input.log.endOffset)
        this.logStarts.changed(broker, input.key, input.log.logStartOffset)
        break
      case 'log-start-raised':
        this.logStarts.tells(broker, input.key, input.logStartOffset)
        break
      case 'log-reopened':
        this.logStarts.tells(broker, input.key, input.log.logStartOffset)
        break
      case 'saved':
        this.#saved(broker, seen, input.id)
        break
      case 'save-failed':
        seen.hasFailedSave = true
        break
      default:
    }
  }

  onOutput(broker: string, output: Output): void {
    const { trace } = this.#options
    const seen = this.#seen.get(broker)
    if (seen === undefined) return
    if (trace.isOn) trace.note(broker, () => `  → ${describeOutput(output)}`)
    const moment = momentOf(output)
    if (moment !== undefined) this.onMoment(broker, moment)
    this.#covered.onOutput(broker, output)
    switch (output.type) {
      case 'role-changed':
        if (output.role === 'halted' && !seen.hasFailedSave && !this.#isExcused(output.reason))
          this.#violated(`${broker} halted: ${output.reason}`)
        if (output.role === 'leader' && seen.role !== 'leader') {
          this.#relaxed.leads(broker, output.epoch)
          this.logStarts.leads(broker)
        }
        seen.role = output.role
        break
      case 'call':
        if (output.call.type === 'update-isr') this.#changesIsr(broker, output.call.isr)
        break
      case 'append':
        this.#appends(broker, output.leaderEpoch)
        seen.batches.set(output.id, {
          crc: output.header.crc,
          epoch: output.leaderEpoch,
          deletes: output.key === metadataKey ? this.#deletedIn(output.batch) : [],
        })
        break
      case 'replicate':
        for (const { header } of recordBatches(output.batches)) {
          const { baseOffset, leaderEpoch: epoch, crc } = header
          this.#batch(broker, output.key, baseOffset, epoch, crc)
          this.#vouched.has(broker, output.key, { baseOffset, epoch })
        }
        this.#kept.replicated(broker, output.key, output.batches)
        break
      case 'truncate':
        this.#truncates(broker, output.key, output.endOffset)
        this.logStarts.changes(broker, output.key)
        break
      case 'begin-anew':
        this.logStarts.startsAt(broker, output.key, output.startOffset)
        this.logStarts.changes(broker, output.key)
        this.#kept.begunAnew(broker, output.key)
        break
      case 'high-watermark':
        this.#commits(broker, seen, output)
        if (output.key === metadataKey) this.#committedTopics = Math.max(this.#committedTopics, output.highWatermark)
        break
      case 'topics-committed':
        if (output.upTo > this.#committedTopics) {
          this.#violated(
            `I10: ${broker} takes topics below ${output.upTo} for committed, and ${this.#committedTopics} is.`,
          )
        }
        break
      case 'raise-log-start':
        this.logStarts.startsAt(broker, output.key, output.logStartOffset)
        break
      case 'answer':
        this.#answered(broker, output.id, output.answer)
        break
      case 'save':
        if (output.content.file === 'cluster') this.#savesCluster(broker, output.content.value)
        else if (output.content.file === 'isr') seen.isrSaves.set(output.id, output.content.value)
        break
      case 'send':
        this.#sent(broker, seen, output)
        break
      default:
    }
  }

  /** It came to a step that matters. */
  onMoment(broker: string, moment: Moment): void {
    this.#options.onMoment(broker, moment)
  }

  /** A broker answers a read, showing this high watermark. */
  onRead(broker: string, key: string, highWatermark: number): void {
    const { nowMs } = this.#options
    const staleAfterMs = this.showsNothingOld.has(broker) ? 0 : this.#options.staleAfterMs
    const missed = this.#acknowledgedAt.get(key)?.find(({ end }) => end > highWatermark)
    if (missed === undefined || nowMs() - missed.atMs < staleAfterMs) return
    const since = (nowMs() - missed.atMs).toFixed(0)
    this.#violated(`I4: ${broker} shows ${key} up to ${highWatermark}; ${missed.end} was acknowledged ${since} ms ago.`)
  }

  #saved(broker: string, { isrSaves }: Seen, id: number): void {
    const isr = isrSaves.get(id)
    if (isr !== undefined) this.#savedIsr.set(broker, isr)
    isrSaves.delete(id)
  }

  #sent(broker: string, seen: Seen, { message, to }: Extract<Output, { type: 'send' }>): void {
    if (message.type === 'fetch-request' && message.purpose === 'follow') this.#lastFetchOf.set(broker, { to, message })
    if (message.type === 'fetch-response') this.#letsRead(broker, seen, to, message)
    if (message.type !== 'promise-response' || message.verdict !== 'promised') return
    const disk = `${broker}/${message.from.diskId}`
    const before = this.#promisedTo.get(disk)
    if (before !== undefined && message.promisedEpoch < before.epoch) {
      this.#violated(
        `I8: ${broker} promised ${message.promisedEpoch} to ${to} after ${before.epoch} to ${before.candidate}.`,
      )
    }
    if (before !== undefined && message.promisedEpoch === before.epoch && before.candidate !== to) {
      this.#violated(`I2: ${broker} promised ${message.promisedEpoch} to ${to} and to ${before.candidate}.`)
    }
    this.#promisedTo.set(disk, { epoch: message.promisedEpoch, candidate: to })
  }

  #changesIsr(broker: string, isr: readonly { readonly brokerId: string; readonly diskId: string }[]): void {
    for (const [id, diskId] of this.inUseTwice) {
      if (isr.some((member) => member.brokerId === id && member.diskId === diskId)) continue
      this.#violated(`I9: ${broker} takes ${id} with ${diskId} out of the ISR for a second process under that id.`)
    }
  }

  /** The candidate takes its copy for what the promise vouched for. Bound to another, this broker may write or cut in the next moment. */
  #letsRead(broker: string, seen: Seen, to: string, { requestId, epoch, verdict, from }: FetchResponse): void {
    if (!seen.reconciling.delete(`${to} ${requestId}`) || verdict !== 'ok') return
    const bound = this.#promisedTo.get(`${broker}/${from.diskId}`)
    if (bound === undefined || bound.epoch <= epoch) return
    this.#violated(
      `I1: ${broker} lets ${to} read at epoch ${epoch}, and has promised ${bound.epoch} to ${bound.candidate}.`,
    )
  }

  #savesCluster(broker: string, { membership, clusterId, historyCuts }: ClusterState): void {
    if (membership === 'voter' && this.inWrongFolder.has(broker))
      this.#violated(`I10: ${broker} forms ${clusterId} with an empty folder, beside the cluster that there is.`)
    this.#cutHistory(historyCuts)
  }

  #cutHistory(cuts: readonly HistoryCut[]): void {
    for (const cut of cuts) {
      const { key, epoch, offset } = cut
      if (this.#cuts.some((one) => one.key === key && one.epoch === epoch)) continue
      this.#kept.historyCut(cut)
      this.#options.coverage.count('unsafe recovery')
      this.#options.onCut(key, epoch, offset)
      if (key === metadataKey) this.deletedRecords.forget()
      this.#takeBack(cut)
    }
  }

  /** A power cut took it from a relaxed topic: it may be cut from the disks that still have it. */
  #loses(cut: HistoryCut): void {
    this.#kept.historyCut(cut)
    this.#takeBack(cut)
  }

  #takeBack(cut: HistoryCut): void {
    const { key, epoch, offset } = cut
    this.#cuts.push(cut)
    const ends = this.#acknowledged.get(key) ?? new Map<number, number>()
    for (const [before, end] of ends) if (before < epoch) ends.set(before, Math.min(end, offset))
    const rises = this.#acknowledgedAt.get(key)?.filter(({ end }) => end <= offset)
    if (rises !== undefined) this.#acknowledgedAt.set(key, rises)
  }

  /** Whoever leads from that epoch on lacks what was acknowledged above, beyond what is promised. Nobody may cut it from a disk all the same: nothing of that is on record. */
  giveUp(cut: HistoryCut): void {
    this.#isLossExcused = true
    this.#takeBack(cut)
  }

  #isExcused(reason: string): boolean {
    return this.#isLossExcused && reason.includes('below its high watermark')
  }

  #appends(broker: string, epoch: number): void {
    const appender = this.#appenderOf.get(epoch)
    if (appender === undefined) this.#appenderOf.set(epoch, broker)
    else if (appender !== broker) this.#violated(`I2: ${broker} appends under epoch ${epoch}, as ${appender} did.`)
  }

  #appended(broker: string, seen: Seen, input: Extract<Input, { type: 'appended' }>): void {
    const batch = seen.batches.get(input.id)
    seen.batches.delete(input.id)
    if (batch === undefined) return
    this.#batch(broker, input.key, input.baseOffset, batch.epoch, batch.crc)
    this.#kept.appended(broker, input.key, { baseOffset: input.baseOffset, epoch: batch.epoch })
    this.#vouched.has(broker, input.key, { baseOffset: input.baseOffset, epoch: batch.epoch })
    for (const key of batch.deletes) {
      this.#deletionsOf.set(key, [...(this.#deletionsOf.get(key) ?? []), input.baseOffset])
    }
    if (this.#deleted.has(input.key)) return
    for (const [epoch, end] of this.#acknowledged.get(input.key) ?? []) {
      // A leader that was paused appends under its old epoch where a new one has long been: nobody will hear of it.
      if (epoch > batch.epoch || input.baseOffset >= end) continue
      const place = `${input.key} at ${input.baseOffset} under epoch ${batch.epoch}`
      this.#violated(`I1: ${broker} appends to ${place}, and everything below ${end} was acknowledged under ${epoch}.`)
    }
  }

  #removed(broker: string, key: string): void {
    this.#deleted.add(key)
    const isCommitted = this.#deletionsOf.get(key)?.some((offset) => offset < this.#committedTopics) ?? false
    if (!isCommitted) this.#violated(`I10: ${broker} removes the log of ${key}, and no deletion of it is committed.`)
  }

  #truncates(broker: string, key: string, endOffset: number): void {
    const cut = this.#kept.truncated(broker, key, endOffset)
    this.#vouched.cut(broker, key, endOffset)
    const lost = this.#relaxed.firstLost(broker, key, cut)
    if (lost === undefined || this.#deleted.has(key)) return
    const place = `${key} at ${lost.baseOffset} of epoch ${lost.epoch}`
    this.#violated(`I1: ${broker} cuts its log to ${endOffset}, and ${place} was acknowledged.`)
  }

  #commits(
    broker: string,
    { highWatermarks }: Seen,
    { key, highWatermark }: Extract<Output, { type: 'high-watermark' }>,
  ): void {
    const before = highWatermarks.get(key) ?? 0
    highWatermarks.set(key, highWatermark)
    const other = this.#kept.otherThanAcknowledged(broker, key, before, highWatermark)
    if (other === undefined || this.#deleted.has(key) || this.#isLossExcused) return
    const place = `${key} at ${other.baseOffset} of epoch ${other.epoch}`
    this.#violated(`I3: ${broker} takes ${place} for committed, and another batch was acknowledged there.`)
  }

  #batch(broker: string, key: string, baseOffset: number, epoch: number, crc: number): void {
    const place = `${key}/${baseOffset}/${epoch}`
    const known = this.#batchAt.get(place)
    if (known === undefined) this.#batchAt.set(place, { crc, by: broker })
    else if (known.crc !== crc) {
      this.#violated(
        `I3: ${key} has two batches at offset ${baseOffset} of epoch ${epoch}, of ${known.by} and of ${broker}.`,
      )
    }
  }

  #answered(broker: string, id: number, answer: Answer): void {
    const key = this.#keyOfProduce.get(`${broker}/${id}`)
    this.#keyOfProduce.delete(`${broker}/${id}`)
    if (key === undefined) this.#violated(`I7: ${broker} answers produce ${id} a second time: ${answer.outcome}.`)
    if (key === undefined || answer.outcome !== 'done') return
    const { leaderEpoch } = answer
    // A leader that has not heard of it acknowledges what is already given up.
    const cut = this.#cuts.filter((one) => one.key === key && one.epoch > leaderEpoch)
    const endOffset = Math.min(answer.endOffset, ...cut.map(({ offset }) => offset))
    const ends = this.#acknowledged.get(key) ?? new Map<number, number>()
    this.#acknowledged.set(key, ends)
    if (endOffset > (ends.get(leaderEpoch) ?? 0)) ends.set(leaderEpoch, endOffset)
    this.#kept.acknowledged(broker, key, endOffset)
    this.#relaxed.acknowledged(key, leaderEpoch)
    const rises = this.#acknowledgedAt.get(key) ?? []
    this.#acknowledgedAt.set(key, rises)
    if (endOffset > (rises.at(-1)?.end ?? 0)) rises.push({ atMs: this.#options.nowMs(), end: endOffset })
  }

  /** The partitions that a batch of the topic list deletes. Where it deletes records, every broker may let go of them. */
  #deletedIn(batch: Uint8Array): string[] {
    const changes = decodeRecordBatch(batch).map(({ value }) => topicChangeIn(decoder.decode(value!)))
    for (const { partition, deletedEnd } of changes) {
      if (deletedEnd !== undefined) this.logStarts.deletes(partition, deletedEnd)
    }
    return changes.filter(({ type }) => type === 'deleted').map(({ partition }) => partition)
  }

  #violated(message: string): void {
    this.#options.onViolation(message)
  }
}

const decoder = new TextDecoder()
