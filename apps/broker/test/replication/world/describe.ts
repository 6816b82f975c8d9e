import type { FetchResponse, Message } from '../../../src/replication/core/messages.ts'
import type { Answer, Call, Output, SmallFile } from '../../../src/replication/core/outputs.ts'
import type { IsrRecord } from '../../../src/replication/core/state.ts'
import type { FakeBytes } from './fake-disk.ts'

/** One line for each output, for scenario texts and traces; undefined for those that say nothing. */
export function describeOutput(output: Output): string | undefined {
  switch (output.type) {
    case 'save':
      return `saves ${describeFile(output.content)}`
    case 'call':
      return `calls ${describeCall(output.call)}`
    case 'append':
      return `appends ${valuesOf(output.batch)} to ${output.key} under epoch ${output.leaderEpoch}`
    case 'replicate':
      return `replicates ${valuesOf(output.batches)} to ${output.key} at ${output.expectedBaseOffset}`
    case 'truncate':
      return `truncates ${output.key} to ${output.endOffset}`
    case 'begin-anew':
      return `begins ${output.key} anew at ${output.startOffset}`
    case 'raise-log-start':
      return `raises the start of ${output.key} to ${output.logStartOffset}`
    case 'high-watermark':
      return `high watermark of ${output.key} is ${output.highWatermark}`
    case 'answer':
      return `answers ${output.id}: ${describeAnswer(output.answer)}`
    case 'role-changed':
      return `becomes ${output.role} (epoch ${output.epoch}): ${output.reason}`
    case 'notice':
      return output.level === 'info' ? undefined : `${output.level}: ${output.text}`
    case 'partition-restored':
      return `restores ${output.key}`
    case 'open-partition':
      return `opens ${output.key}`
    case 'catching-up':
    case 'stopped':
    case 'topics-committed':
    case 'fence':
    case 'read':
    case 'send':
      return undefined
  }
}

export function describeAnswer(answer: Answer): string {
  switch (answer.outcome) {
    case 'done':
      return `done at ${answer.baseOffset} under epoch ${answer.leaderEpoch}`
    case 'duplicate':
      return 'done before, where is no longer known'
    default:
      return `${answer.outcome} ${answer.error.code}`
  }
}

function describeFile(content: SmallFile): string {
  switch (content.file) {
    case 'promise':
      return `promise ${content.value.epoch} to ${content.value.candidate.brokerId}`
    case 'entered-epochs':
      return `entered ${[...content.value].map(([key, { epoch, startOffset }]) => `${key}=${epoch}@${startOffset}`).join(' ')}`
    case 'isr':
      return `isr ${describeIsr(content.value)}`
    case 'cluster':
      return `cluster ${content.value.clusterId} as ${content.value.membership}`
  }
}

function describeCall(call: Call): string {
  switch (call.type) {
    case 'acquire':
      return `acquire above ${call.minEpoch}`
    case 'update-isr':
      return `update-isr ${call.epoch} from version ${call.expectedVersion} to ${call.isr.map(({ brokerId }) => brokerId).join(',')}`
    case 'renew':
    case 'release':
      return `${call.type} ${call.epoch}`
    case 'observe':
      return call.type
  }
}

export function describeMessage(message: Message): string {
  switch (message.type) {
    case 'promise-request':
      return `promise-request ${message.epoch}`
    case 'promise-response': {
      const logs = message.partitions.map(
        ({ key, enteredEpoch, endOffset, highWatermark, isFaulty }) =>
          `${key}=(${enteredEpoch},${endOffset}) hw ${highWatermark}${isFaulty ? ' faulty' : ''}`,
      )
      return `promise-response ${message.verdict} ${message.promisedEpoch} ${logs.join(' ')}`.trimEnd()
    }
    case 'announce':
      return `announce ${message.epoch}${message.isServing ? ' serving' : ''}`
    case 'fetch-request': {
      const at = message.positions.map(
        ({ key, endOffset, lastEpoch, enteredEpoch }) => `${key}=${endOffset}/${lastEpoch} entered ${enteredEpoch}`,
      )
      return `fetch-request ${message.purpose} ${message.epoch} ${at.join(' ')}`.trimEnd()
    }
    case 'fetch-response':
      return `fetch-response ${message.verdict} ${message.epoch}${message.isInSync ? ' in sync' : ''} ${resultsOf(message)}`.trimEnd()
    case 'refused':
      return `refused ${message.code}: ${message.reason}`
    default:
      return `${message.type} ${message.epoch}`
  }
}

function resultsOf({ results }: FetchResponse): string {
  return results
    .map((result) => {
      if (result.type === 'batches') return `${result.key}=[${valuesOf(result.batches)}] hw ${result.highWatermark}`
      if (result.type === 'diverging') return `${result.key}=diverging(${result.epoch},${result.endOffset})`
      if (result.type === 'begin-anew') return `${result.key}=begin-anew(${result.startOffset})`
      return `${result.key}=${result.type}`
    })
    .join(' ')
}

function valuesOf(bytes: Uint8Array): string {
  return (bytes as FakeBytes).batches?.map(({ value }) => value).join(' ') ?? ''
}

export function describeIsr({ isr, isrEpoch, isrVersion }: IsrRecord): string {
  return `${isr.map(({ brokerId, diskId }) => `${brokerId}/${diskId}`).join(',') || 'nobody'} (${isrEpoch}.${isrVersion})`
}
