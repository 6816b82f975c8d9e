/**
 * The history of a run: what every client asked and what it was told, which faults were on, and what every replica
 * held at the end. The simulation and the fault tests on real processes write the same one, and `check` reads it.
 *
 *   history = event*                       one JSON object on a line when it is written to a file
 *   event   = invoke | ok | fail | info | fault | cut | replica
 *
 * An operation is an `invoke` and at most one answer of the same client and id: `ok` (done), `fail` (definitely not
 * done) or `info` (unknown). No answer at all, as of a client that was killed, counts as `info`.
 *
 * Times are milliseconds on one monotonic clock for the whole run. Values are unique in the run.
 */
export type HistoryEvent =
  | SendInvoke
  | PollInvoke
  | SendOk
  | PollOk
  | Failure
  | FaultMark
  | HistoryCutMark
  | ReplicaState

interface Answer {
  readonly client: string
  /** The number of the operation at its client, counted in the order of the calls. */
  readonly id: number
  readonly timeMs: number
}

interface Invoke extends Answer {
  readonly type: 'invoke'
  /** One log: the topic's id and the partition, so that a topic created again under its name is another one. */
  readonly partition: string
}

/** A client sends values, in one batch, to one partition. */
export interface SendInvoke extends Invoke {
  readonly op: 'send'
  readonly values: readonly string[]
  /**
   * The idempotent producer session (producer id and epoch) the values belong to. Within a session and partition, the
   * order of the ids is the order of the log. `null`: sent once, without a promise of order.
   */
  readonly session: string | null
}

/** A consumer asks for records from an offset on. */
export interface PollInvoke extends Invoke {
  readonly op: 'poll'
  /** Positions are compared within a consumer; one that seeks goes on under another name. */
  readonly consumer: string
  readonly offset: number
}

export interface SendOk extends Answer {
  readonly type: 'ok'
  readonly op: 'send'
  /** Where the first value is; `null` when the broker no longer remembers: a duplicate older than it keeps. */
  readonly baseOffset: number | null
  readonly epoch: number
}

export interface PollOk extends Answer {
  readonly type: 'ok'
  readonly op: 'poll'
  readonly epoch: number
  readonly records: readonly (readonly [offset: number, value: string])[]
  readonly nextOffset: number
  readonly highWatermark: number
  readonly logStartOffset: number
}

/** `fail`: it has not happened and never will. `info`: nobody knows. */
export interface Failure extends Answer {
  readonly type: 'fail' | 'info'
  readonly code: string
}

/** A fault begins or ends. `end` of the last one under way is what recovery is measured from. */
export interface FaultMark {
  readonly type: 'fault'
  readonly phase: 'begin' | 'end'
  readonly name: string
  readonly timeMs: number
}

/** An operator let a broker lead `epoch` without a quorum: of earlier epochs only what lies below `offset` was to be kept. */
export interface HistoryCutMark {
  readonly type: 'cut'
  readonly partition: string
  readonly epoch: number
  readonly offset: number
  readonly timeMs: number
}

/** One partition as one broker holds it at the end, read from the start after everything was healed. */
export interface ReplicaState {
  readonly type: 'replica'
  readonly broker: string
  readonly partition: string
  readonly logStartOffset: number
  readonly highWatermark: number
  readonly logEndOffset: number
  readonly batches: readonly ReplicaBatch[]
}

export interface ReplicaBatch {
  readonly baseOffset: number
  readonly epoch: number
  /** Any digest of the batch's bytes, offset and epoch included. */
  readonly digest: string
  readonly values: readonly string[]
}

/** Event by event, in the order of time. */
export class History {
  readonly events: HistoryEvent[] = []

  add(event: HistoryEvent): void {
    this.events.push(event)
  }

  toLines(): string {
    return this.events.map((event) => `${JSON.stringify(event)}\n`).join('')
  }

  /** Histories of several processes, each with its own file, merge into one. A line cut off by a kill is left out. */
  static fromLines(...files: readonly string[]): History {
    const history = new History()
    for (const text of files) {
      for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
        if (line !== '') history.add(JSON.parse(line) as HistoryEvent)
      }
    }
    return history
  }
}
