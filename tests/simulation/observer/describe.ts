import type { CallResult, Input } from '../../../apps/broker/src/replication/core/inputs.ts'
import type { FetchResult, Message } from '../../../apps/broker/src/replication/core/messages.ts'
import type { Call, Output } from '../../../apps/broker/src/replication/core/outputs.ts'
import type { CoordinatorRecord, IsrRecord } from '../../../apps/broker/src/replication/core/state.ts'

/** One line for each input and output of a core, short enough to read a thousand of them. */
export function describeInput(input: Input): string {
  switch (input.type) {
    case 'message':
      return `${input.message.from.brokerId}: ${describeMessage(input.message)}`
    case 'produce':
      return `produce ${input.id} ${input.key} ${input.header.recordCount} records, producer ${input.header.producerId}/${input.header.producerEpoch} sequence ${input.header.baseSequence}`
    case 'appended':
      return `appended ${input.id} ${input.key} [${input.baseOffset}, ${input.endOffset})${input.isDuplicate ? ' duplicate' : ''}`
    case 'append-refused':
      return `append ${input.id} ${input.key} refused: ${input.error.code}`
    case 'replicate-refused':
      return `replicate ${input.key} refused: ${input.error.code} ${input.error.message}`
    case 'called':
      return `called ${input.id}: ${describeResult(input.result)}`
    case 'observed':
      return `observed ${input.isConnected ? '' : '(away) '}${input.record === null ? 'none' : describeRecord(input.record)}`
    case 'read-done':
      return `read ${input.id} done: ${input.results.map(({ key, baseOffset, batches }) => `${key}@${baseOffset} ${batches.length} B`).join(', ')}`
    default:
      return brief(input)
  }
}

export function describeOutput(output: Output): string {
  switch (output.type) {
    case 'send':
      return `${output.to}: ${describeMessage(output.message)}`
    case 'save':
      return `save ${output.id} ${output.content.file} ${plain(output.content.value)}`
    case 'call':
      return `call ${output.id}: ${describeCall(output.call)}`
    case 'append':
      return `append ${output.id} ${output.key} under ${output.leaderEpoch}`
    case 'replicate':
      return `replicate ${output.key} at ${output.expectedBaseOffset} under ${output.epoch}, ${output.batches.length} B`
    case 'answer':
      return output.answer.outcome === 'done'
        ? `answer ${output.id} done [${output.answer.baseOffset}, ${output.answer.endOffset})`
        : `answer ${output.id} ${output.answer.outcome}: ${output.answer.error.code} ${output.answer.error.message}`
    case 'role-changed':
      return `ROLE ${output.role} epoch ${output.epoch}: ${output.reason}`
    case 'notice':
      return `${output.level}: ${output.text}`
    default:
      return brief(output)
  }
}

export function describeMessage(message: Message): string {
  switch (message.type) {
    case 'promise-request':
      return `promise-request ${message.requestId} epoch ${message.epoch}`
    case 'promise-response': {
      const logs = message.partitions.map(
        ({ key, enteredEpoch, endOffset, highWatermark, isFaulty }) =>
          `${key} entered ${enteredEpoch} end ${endOffset} HW ${highWatermark}${isFaulty ? ' FAULTY' : ''}`,
      )
      return `promise-response ${message.requestId} ${message.verdict} ${message.promisedEpoch}; ${logs.join(', ')}`
    }
    case 'fetch-request': {
      const positions = message.positions.map(
        ({ key, endOffset, lastEpoch, enteredEpoch }) =>
          `${key}@${endOffset} last ${lastEpoch} entered ${enteredEpoch}`,
      )
      return `fetch-request ${message.requestId} (${message.purpose} ${message.epoch}, continues ${message.continues}) ${positions.join(', ')}`
    }
    case 'fetch-response':
      return `fetch-response ${message.requestId} (${message.epoch}) ${message.verdict}${message.isServing ? ' serving' : ''} ${describeIsr(message.isr)} ${message.results.map(describeFetchResult).join(', ')}`
    case 'refused':
      return `refused ${message.code}: ${message.reason}`
    case 'announce':
      return `announce ${message.epoch}${message.isServing ? ' serving' : ''}`
    default:
      return `${message.type} ${message.epoch}`
  }
}

function describeFetchResult(result: FetchResult): string {
  switch (result.type) {
    case 'batches':
      return `${result.key}@${result.baseOffset} ${result.batches.length} B HW ${result.highWatermark} end ${result.endOffset} start ${result.startOffset}`
    case 'diverging':
      return `${result.key} diverging (${result.epoch}, ${result.endOffset})`
    case 'begin-anew':
      return `${result.key} begin anew at ${result.startOffset}`
    case 'unknown':
    case 'open':
      return `${result.key} ${result.type}`
  }
}

function describeCall(call: Call): string {
  return call.type === 'update-isr'
    ? `update-isr epoch ${call.epoch} version ${call.expectedVersion} [${call.isr.map(({ brokerId }) => brokerId).join(' ')}]`
    : brief(call)
}

function describeResult(result: CallResult): string {
  if (result.type === 'acquired') return `acquired ${result.epoch}, before: ${describeRecord(result.before)}`
  if (result.type === 'refused') return `refused: ${describeRecord(result.record)}`
  return brief(result)
}

function describeRecord(record: CoordinatorRecord): string {
  const holder = record.holder === null ? 'nobody' : record.holder.brokerId
  return `epoch ${record.epoch} ${holder} ${record.leaseRemainingMs.toFixed(0)} ms ${describeIsr(record)}${record.isSuspect ? ' SUSPECT' : ''}`
}

function describeIsr({ isr, isrEpoch, isrVersion }: IsrRecord): string {
  return `ISR [${isr.map(({ brokerId }) => brokerId).join(' ')}] (${isrEpoch}, ${isrVersion})`
}

/** `type` and the fields that are plain values. */
function brief(value: { readonly type: string }): string {
  const fields = Object.entries(value).filter(([name]) => name !== 'type')
  return [value.type, ...fields.map(([name, field]) => `${name} ${plain(field)}`)].join(' ')
}

function plain(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} B`
  if (value instanceof Map) return JSON.stringify([...value])
  if (value instanceof Error) return value.message
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
