import type { BrokerProcess } from './broker-process.ts'
import type { FaultRun } from './fault-run.ts'
import { type RawAnswer, rawCall } from './raw-call.ts'

/** Sends a value to partition 0 of one broker, once, and writes down what that broker says of it. */
export async function rawSend(run: FaultRun, broker: BrokerProcess, value: string): Promise<RawAnswer> {
  const { recorder, topic, topicId } = run
  const { history } = recorder
  const operation = { client: `raw.${value}`, id: 1 }
  const partition = `${topicId}-0`
  history.add({
    type: 'invoke',
    op: 'send',
    ...operation,
    timeMs: recorder.nowMs(),
    partition,
    values: [value],
    session: null,
  })
  const answer = await rawCall(`${broker.url}/produce`, { body: { topic, partition: 0, value } })
  const { status, body } = answer
  const timeMs = recorder.nowMs()
  if (status === 200) {
    const { offset, epoch } = body as { readonly offset: number; readonly epoch: number }
    history.add({ type: 'ok', op: 'send', ...operation, timeMs, baseOffset: offset, epoch })
  } else {
    const { code = 'OUTCOME_UNKNOWN', outcome } = body as { readonly code?: string; readonly outcome?: string }
    history.add({ type: outcome === 'not-written' ? 'fail' : 'info', ...operation, timeMs, code })
  }
  return answer
}
