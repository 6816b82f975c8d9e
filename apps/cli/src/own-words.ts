import { type ErrorCode, YakError } from '@yak/protocol'
import { UsageError } from './arguments/usage-error.ts'
import { countOf } from './terminal/quantities.ts'

/**
 * What a broker or the SDK says, as the command line says it. They speak to who writes requests and programs, of paths, bodies and
 * options; here the next step is a command or a flag. Which error it is, its code and details tell, never its text. One that is
 * not here speaks for itself. A refusal of what was typed becomes a `UsageError`.
 */
export function inOwnWords(error: YakError, command: string): YakError | UsageError {
  if (typeof error.details.deliveryTimeoutMs === 'number') return reworded(error, deliveryText(error, command))
  const own = texts[error.code]?.(error, command)
  return own instanceof UsageError ? own : reworded(error, own ?? error.message)
}

type Rewording = (error: YakError, command: string) => string | UsageError | undefined

const wrongArgument: Rewording = ({ message }) => new UsageError(message)

const texts: Partial<Record<ErrorCode, Rewording>> = {
  INVALID_CONFIG: wrongArgument,
  INVALID_PARTITIONS: wrongArgument,
  INVALID_TOPIC: wrongArgument,
  INVALID_REQUEST: ({ details: { issues }, message }) =>
    new UsageError(
      Array.isArray(issues) ? `The broker does not take it: ${issues.map(issueText).join('; ')}.` : message,
    ),

  UNKNOWN_TOPIC({ details: { topic, deleted }, message }, command) {
    if (typeof topic !== 'string') return undefined
    if (deleted === true) return `${message} yak topics list shows which there are.`
    return command === 'yak topics delete' || command === 'yak topics purge'
      ? `There is no topic ${topic}, so nothing was deleted. yak topics list shows which there are.`
      : `There is no topic ${topic}. Create it with yak topics create ${topic}, or see which there are with yak topics list.`
  },
  UNKNOWN_TOPIC_ID: ({ details: { topic, newTopicId } }, command) =>
    newTopicId === undefined
      ? undefined
      : `Topic ${topic} was deleted and created again: the offsets of the old one mean nothing in the new one. Run ${command} again.`,
  OFFSET_OUT_OF_RANGE: ({ details: { offset, logStartOffset, logEndOffset } }) =>
    offset === undefined
      ? undefined
      : `Offset ${offset} is not there: the partition has ${logStartOffset} to ${logEndOffset}. Give --from one of these, earliest or latest.`,

  BROKERS_UNREACHABLE: ({ details: { reports, waitedMs }, message }) =>
    Array.isArray(reports)
      ? `No broker answered within ${waitedMs} ms. ${reports.join(' ')} Start one, or name others with --brokers.`
      : `${message} Start it, or name others with --brokers.`,
  LEADER_NOT_AVAILABLE: ({ details: { reports, waitedMs } }) =>
    Array.isArray(reports)
      ? `No leader was found within ${waitedMs} ms. ${reports.join(' ')} yak cluster shows why, and which address of the leader must be reachable from here.`
      : undefined,
  INVALID_RESPONSE: ({ details: { url, clusterId, expected } }) =>
    expected === undefined
      ? undefined
      : `${url} belongs to cluster ${clusterId}, and another broker to ${expected}. Name brokers of one cluster with --brokers.`,
  OUTCOME_UNKNOWN: ({ details: { path }, cause }) =>
    path === undefined
      ? undefined
      : `Whether it was done is not known: the answer was lost. ${messageOf(cause)} Look with yak topics list before you ask for it again.`,

  DELIVERY_ABANDONED: ({ cause }, command) =>
    YakError.is(cause)
      ? `The record could not be sent and is not written: ${inOwnWords(cause, command).message}`
      : undefined,
}

/** Of a record that its time ran out for, with the last reason. */
function deliveryText({ code, details, cause }: YakError, command: string): string {
  const { topic, partition, deliveryTimeoutMs, attempts } = details
  const within = `within ${deliveryTimeoutMs} ms (--timeout-ms)`
  const reason = YakError.is(cause) ? inOwnWords(cause, command).message : ''
  const name = partition === undefined ? `${topic}` : `${topic}-${partition}`
  if (code === 'DELIVERY_ABANDONED') {
    return `The record for ${name} could not be sent ${within} and is not written. ${reason}`.trimEnd()
  }
  if (code === 'DELIVERY_TIMEOUT') {
    const last = reason === '' ? '' : ` The last attempt: ${reason}`
    return `No receipt for ${name} ${within} and ${countOf(Number(attempts), 'attempt')}: the record may be written.${last} To find out, read it: yak consume ${topic} --partition ${partition}.`
  }
  return `Refused ${countOf(Number(attempts), 'time')} ${within}: ${reason}`
}

/** `config.retentionMs`, a field of the request, is `--config retentionMs` here. */
function issueText({ field, message }: { readonly field: string; readonly message: string }): string {
  const [first = '', ...rest] = field.split('.')
  const name = first === 'name' ? 'TOPIC' : first === '' ? '' : `--${first}`
  return [`${[name, ...rest].filter((part) => part !== '').join(' ')}`, message]
    .filter((part) => part !== '')
    .join(': ')
}

function reworded(error: YakError, message: string): YakError {
  return message === error.message
    ? error
    : new YakError(error.code, message, { details: error.details, cause: error.cause ?? error })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : ''
}
