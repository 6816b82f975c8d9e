import type { StreamRow } from '../../data/message-stream.ts'
import { brokerName } from '../../lib/brokers.ts'
import { type MessageFilter, matchMessage } from '../../lib/filter/message-filter.ts'
import { formatCount, formatDuration } from '../../lib/format.ts'
import type { Message } from '../../lib/json/consume-text.ts'
import { placeText } from '../../lib/json/message-place.ts'
import type { SequenceFault } from '../../lib/sequence-check.ts'
import type { GridRow } from './message-grid.tsx'

export function messageRow(message: Message): GridRow {
  return { kind: 'message', id: placeText(message), message }
}

/** Turns the rows of a stream into those of the grid; each is made, and held against the filter, once. */
export class LiveRows {
  readonly #filter: MessageFilter
  readonly #made = new WeakMap<StreamRow, GridRow | 'other'>()

  constructor(filter: MessageFilter) {
    this.#filter = filter
  }

  of(rows: readonly StreamRow[]): readonly GridRow[] {
    const shown: GridRow[] = []
    for (const row of rows) {
      let made = this.#made.get(row)
      if (made === undefined) this.#made.set(row, (made = this.#make(row)))
      if (made !== 'other') shown.push(made)
    }
    return shown
  }

  #make(row: StreamRow): GridRow | 'other' {
    const id = `note ${row.id}`
    if (row.kind === 'message')
      return matchMessage(this.#filter, row.message) === 'match' ? messageRow(row.message) : 'other'
    if (row.kind === 'skipped') {
      const why = row.because === 'retention' ? 'retention had taken them' : 'they came faster than they could be shown'
      return {
        kind: 'note',
        id,
        tone: 'warn',
        text: `${formatCount(row.count)} skipped in partition ${row.partition} from offset ${formatCount(row.fromOffset)} on: ${why}.`,
      }
    }
    if (row.kind === 'fault')
      return { kind: 'note', id, tone: 'bad', text: `Partition ${row.partition}: ${faultText(row.fault)}` }
    return {
      kind: 'note',
      id,
      tone: 'neutral',
      text: `Reconnected to ${brokerName(row.brokerId)} after ${formatDuration(row.afterMs)}, ${formatCount(row.lost)} lost.`,
    }
  }
}

function faultText(fault: SequenceFault): string {
  if (fault.kind === 'gap')
    return `offsets ${fault.fromOffset} to ${fault.toOffset} never came, and the broker did not say so.`
  if (fault.kind === 'duplicate') return `offset ${fault.offset} came again.`
  return `the epoch went back from ${fault.before} to ${fault.epoch}.`
}
