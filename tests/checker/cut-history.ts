import type { HistoryCutMark, HistoryEvent, PollInvoke, PollOk, SendInvoke, SendOk } from './history.ts'

/**
 * An operator had the history of a partition cut at an offset: what was written there and above under earlier epochs may be
 * gone, and nothing else. So as not to teach each check of that, the history is told again without it:
 *
 *   - a send acknowledged there, or at an unknown offset, under an earlier epoch is one whose outcome nobody knows;
 *   - a poll under an earlier epoch saw what lies below, and a high watermark no higher;
 *   - a consumer goes on from then on as another one: it may find itself in the middle of records it has not seen.
 */
export function withoutWhatWasCut(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const cuts = events.filter((event) => event.type === 'cut')
  return cuts.reduce<readonly HistoryEvent[]>((told, cut) => without(cut, told), events)
}

function without(cut: HistoryCutMark, events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const invokes = new Map<string, SendInvoke | PollInvoke>()
  const dropped = new Set<string>()
  const renamed = new Set<string>()
  for (const event of events) {
    if (event.type === 'invoke') invokes.set(keyOf(event), event)
    else if (event.type === 'ok' && event.op === 'poll') {
      const invoke = invokes.get(keyOf(event)) as PollInvoke
      if (invoke.partition !== cut.partition) continue
      if (event.epoch >= cut.epoch) renamed.add(keyOf(event))
      else if (invoke.offset > cut.offset) dropped.add(keyOf(event))
    }
  }
  return events.flatMap((event): readonly HistoryEvent[] => {
    if (!('client' in event)) return [event]
    const key = keyOf(event)
    if (dropped.has(key)) return []
    const invoke = invokes.get(key)!
    if (invoke.partition !== cut.partition) return [event]
    if (event.type === 'invoke') {
      return [
        event.op === 'poll' && renamed.has(key) ? { ...event, consumer: `${event.consumer} @${cut.epoch}` } : event,
      ]
    }
    if (event.type !== 'ok') return [event]
    return [event.op === 'send' ? sendWithout(cut, event, invoke as SendInvoke) : pollWithout(cut, event)]
  })
}

function sendWithout(cut: HistoryCutMark, ok: SendOk, { values }: SendInvoke): HistoryEvent {
  const { client, id, timeMs, baseOffset, epoch } = ok
  const isKept = epoch >= cut.epoch || (baseOffset !== null && baseOffset + values.length <= cut.offset)
  return isKept ? ok : { type: 'info', client, id, timeMs, code: 'HISTORY_CUT' }
}

function pollWithout(cut: HistoryCutMark, ok: PollOk): PollOk {
  if (ok.epoch >= cut.epoch) return ok
  return {
    ...ok,
    records: ok.records.filter(([offset]) => offset < cut.offset),
    nextOffset: Math.min(ok.nextOffset, cut.offset),
    highWatermark: Math.min(ok.highWatermark, cut.offset),
  }
}

function keyOf({ client, id }: { readonly client: string; readonly id: number }): string {
  return `${client}\n${id}`
}
