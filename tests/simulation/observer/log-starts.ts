import type { DeletedEnd } from '../../../apps/broker/src/replication/partition.ts'
import type { Coverage } from '../coverage.ts'
import type { Batch } from './kept-records.ts'
import type { FoundLog } from './vouched-records.ts'

export interface LogStartsOptions {
  readonly coverage: Coverage
  readonly onViolation: (message: string) => void
  /** What a broker held last of what begins between two offsets. */
  readonly heldBetween: (broker: string, key: string, from: number, to: number) => readonly Batch[]
}

/** Why a leader lets go of the records at the beginning of a log. */
export type Reason = 'size' | 'time' | 'size or time' | 'request'

/** One look of a leader that may move the start of a log, or a request that it does. */
export interface LettingGo {
  readonly broker: string
  readonly key: string
  /** What is committed as it begins: it may let go of that and no more. */
  readonly limit: number
  readonly reason: Reason
}

type StartedLog = Omit<FoundLog, 'endOffset'>

/**
 * Where the logs of each broker begin, and whether they may: no log begins above what some leader has let go of, no leader lets go of what is
 * not committed, and a start that a broker has told of is on its disk, and goes back only where its log is cut across it or begun anew.
 */
export class LogStarts {
  readonly #options: LogStartsOptions
  /** By partition: up to where leaders have let go. */
  readonly #raisedTo = new Map<string, number>()
  /** By partition: what records of the topic list have all brokers let go of. */
  readonly #deletions = new Map<string, DeletedEnd[]>()
  /** By partition: what is under way, or was cut short by a crash or an error of the disk, which may have come after the save. */
  readonly #unsettled = new Map<string, Set<LettingGo>>()
  /** By broker, those that are under way now. */
  readonly #underWay = new Map<string, Set<LettingGo>>()
  /** By broker and partition: where its log begins, on its disk for certain. */
  readonly #starts = new Map<string, number>()
  /** Being cut or begun anew: until that is done it begins here or there. */
  readonly #changing = new Set<string>()

  constructor(options: LogStartsOptions) {
    this.#options = options
  }

  begins(lettingGo: LettingGo): void {
    listOf(this.#unsettled, lettingGo.key).add(lettingGo)
    listOf(this.#underWay, lettingGo.broker).add(lettingGo)
  }

  /** It has let go of what lies below. True: that is further than any leader had. */
  ends(lettingGo: LettingGo, logStartOffset: number): boolean {
    const { broker, key, limit, reason } = lettingGo
    this.#unsettled.get(key)?.delete(lettingGo)
    this.#underWay.get(broker)?.delete(lettingGo)
    const before = this.#raisedTo.get(key) ?? 0
    if (logStartOffset > limit && logStartOffset > this.highestOf(key)) {
      this.#options.onViolation(
        `I10: ${broker} lets go of ${key} up to ${logStartOffset}, and ${limit} was committed when it began.`,
      )
    }
    if (logStartOffset <= before) return false
    this.#options.coverage.count(`log start moved by ${reason}`)
    this.#raisedTo.set(key, logStartOffset)
    return true
  }

  /** A record of the topic list has all brokers let go up to there, each as far as it knows it to be committed, and of nothing written since. */
  deletes(key: string, deletedEnd: DeletedEnd): void {
    this.#deletions.set(key, [...(this.#deletions.get(key) ?? []), deletedEnd])
  }

  /** Up to where a leader has let go of a partition, or may have. */
  highestOf(key: string): number {
    let highest = this.#raisedTo.get(key) ?? 0
    for (const { limit } of this.#unsettled.get(key) ?? []) highest = Math.max(highest, limit)
    for (const { endOffset } of this.#deletions.get(key) ?? []) highest = Math.max(highest, endOffset)
    return highest
  }

  /** Where a broker's log begins, as far as it told. */
  startOf(broker: string, key: string): number {
    return this.#starts.get(`${broker}/${key}`) ?? 0
  }

  /** A broker is to have its log begin there. */
  startsAt(broker: string, key: string, offset: number): void {
    if (offset <= this.highestOf(key)) return
    this.#options.onViolation(
      `I10: ${broker} has ${key} begin at ${offset}, and leaders have let go up to ${this.highestOf(key)}.`,
    )
  }

  /** Its log begins there, and that is on its disk. */
  tells(broker: string, key: string, logStartOffset: number): void {
    this.#compare(broker, { key, logStartOffset, isFaulty: false }, 'tells of')
  }

  /** Its log is to be cut or begun anew. */
  changes(broker: string, key: string): void {
    this.#changing.add(`${broker}/${key}`)
  }

  changed(broker: string, key: string, logStartOffset: number): void {
    this.#changing.delete(`${broker}/${key}`)
    this.#starts.set(`${broker}/${key}`, logStartOffset)
  }

  booted(broker: string, logs: readonly StartedLog[]): void {
    const present = new Set(logs.map(({ key }) => `${broker}/${key}`))
    for (const place of this.#starts.keys()) {
      if (place.startsWith(`${broker}/`) && !present.has(place)) this.#starts.delete(place)
    }
    for (const log of logs) {
      const known = this.#starts.get(`${broker}/${log.key}`)
      if (known !== undefined && log.logStartOffset > known && !this.#changing.has(`${broker}/${log.key}`))
        this.#options.coverage.count('log start saved and not told')
      this.#compare(broker, log, 'starts with')
    }
  }

  #compare(broker: string, { key, logStartOffset, isFaulty }: StartedLog, verb: string): void {
    const place = `${broker}/${key}`
    const known = this.#starts.get(place) ?? 0
    const mayGoBack = isFaulty || this.#changing.has(place)
    if (logStartOffset < known && !mayGoBack) {
      this.#options.onViolation(
        `I10: ${broker} ${verb} ${key} from ${logStartOffset} on, which it had begin at ${known}.`,
      )
    }
    if (verb === 'starts with') this.#changing.delete(place)
    if (!mayGoBack) this.#follows(broker, key, known, logStartOffset)
    this.#starts.set(place, logStartOffset)
  }

  /** Beyond what leaders let go of by themselves, only by a record of the topic list, and only of what was there when that was decided. */
  #follows(broker: string, key: string, from: number, logStartOffset: number): void {
    const raisedTo = this.#raisedTo.get(key) ?? 0
    if (logStartOffset <= raisedTo) return
    const limits = [...(this.#unsettled.get(key) ?? [])].map(({ limit }) => limit)
    if (logStartOffset <= Math.max(0, ...limits)) return
    const deletions = this.#deletions.get(key)?.filter(({ endOffset }) => endOffset >= logStartOffset) ?? []
    const epoch = Math.max(-1, ...deletions.map(({ leaderEpoch }) => leaderEpoch))
    const taken = this.#options
      .heldBetween(broker, key, Math.max(from, raisedTo), logStartOffset)
      .find((batch) => batch.epoch > epoch)
    this.#raisedTo.set(key, logStartOffset)
    if (deletions.length > 0 && taken === undefined) return
    const place = taken === undefined ? '' : `, of which ${taken.baseOffset} was written under ${taken.epoch}`
    this.#options.onViolation(
      `I10: ${broker} has ${key} begin at ${logStartOffset}${place}; leaders let go up to ${raisedTo}, and deleted what there was up to epoch ${epoch}.`,
    )
  }

  /** Replaced, or damaged on purpose. */
  diskHarmed(broker: string): void {
    for (const place of this.#starts.keys()) if (place.startsWith(`${broker}/`)) this.#starts.delete(place)
  }

  /** Its process is over. */
  ended(broker: string): void {
    if ((this.#underWay.get(broker)?.size ?? 0) > 0) this.#options.coverage.count('ended while it let go')
    this.#underWay.delete(broker)
  }

  /** A broker begins to lead. */
  leads(broker: string): void {
    for (const [key, raisedTo] of this.#raisedTo) {
      const start = this.#starts.get(`${broker}/${key}`) ?? 0
      if (start < raisedTo) this.#options.coverage.count('leads with an older log start')
    }
  }
}

function listOf(lists: Map<string, Set<LettingGo>>, key: string): Set<LettingGo> {
  const list = lists.get(key) ?? new Set<LettingGo>()
  lists.set(key, list)
  return list
}
