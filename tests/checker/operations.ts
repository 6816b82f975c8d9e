import type {
  Failure,
  FaultMark,
  HistoryEvent,
  PollInvoke,
  PollOk,
  ReplicaState,
  SendInvoke,
  SendOk,
} from './history.ts'

/** A send and its fate. */
export interface Send {
  readonly invoke: SendInvoke
  readonly ok: SendOk | undefined
  /** Refused for certain. A send without any answer is neither `ok` nor `failed`. */
  readonly failed: boolean
  readonly answeredAtMs: number
}

export interface Poll {
  readonly invoke: PollInvoke
  readonly ok: PollOk
}

/** A history with every answer laid to its question, by partition. */
export interface Operations {
  readonly sends: readonly Send[]
  readonly sendsOf: ReadonlyMap<string, readonly Send[]>
  /** Only those that were answered: an unanswered poll says nothing. */
  readonly pollsOf: ReadonlyMap<string, readonly Poll[]>
  readonly replicasOf: ReadonlyMap<string, readonly ReplicaState[]>
  readonly faults: readonly FaultMark[]
  readonly partitions: readonly string[]
}

/** Pairs invocations and answers. Throws on a history that is not one: an answer without a question, two answers. */
export function operationsOf(events: readonly HistoryEvent[]): Operations {
  const answers = new Map<string, SendOk | PollOk | Failure>()
  const sends: Send[] = []
  const sendsOf = new Map<string, Send[]>()
  const pollsOf = new Map<string, Poll[]>()
  const replicasOf = new Map<string, ReplicaState[]>()
  const faults: FaultMark[] = []
  let questions = 0

  for (const event of events) {
    if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'info') continue
    const key = `${event.client}\n${event.id}`
    if (answers.has(key)) throw new Error(`Operation ${event.id} of ${event.client} was answered twice.`)
    answers.set(key, event)
  }
  for (const event of events) {
    if (event.type === 'fault') faults.push(event)
    else if (event.type === 'replica') listOf(replicasOf, event.partition).push(event)
    else if (event.type === 'invoke') {
      const answer = answers.get(`${event.client}\n${event.id}`)
      if (answer !== undefined) questions++
      if (answer?.type === 'ok' && answer.op !== event.op) {
        throw new Error(`Operation ${event.id} of ${event.client} is a ${event.op} and was answered as a ${answer.op}.`)
      }
      if (event.op === 'send') {
        const send: Send = {
          invoke: event,
          ok: answer?.type === 'ok' ? (answer as SendOk) : undefined,
          failed: answer?.type === 'fail',
          answeredAtMs: answer?.timeMs ?? Number.POSITIVE_INFINITY,
        }
        sends.push(send)
        listOf(sendsOf, event.partition).push(send)
      } else if (answer?.type === 'ok') {
        listOf(pollsOf, event.partition).push({ invoke: event, ok: answer as PollOk })
      }
    }
  }
  if (questions !== answers.size) {
    throw new Error(`${answers.size - questions} answers belong to no operation: the history is not whole.`)
  }
  const partitions = [...new Set([...sendsOf.keys(), ...pollsOf.keys(), ...replicasOf.keys()])].sort()
  return { sends, sendsOf, pollsOf, replicasOf, faults, partitions }
}

function listOf<V>(lists: Map<string, V[]>, key: string): V[] {
  let list = lists.get(key)
  if (list === undefined) {
    list = []
    lists.set(key, list)
  }
  return list
}
