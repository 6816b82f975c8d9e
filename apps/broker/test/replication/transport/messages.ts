import type { Announce, FetchRequest, FetchResponse, PromiseRequest } from '../../../src/replication/core/messages.ts'

export const topicKey = '3f2504e0-4f89-41d3-9a0c-0305e82c3301-0'

export const envelopeOf = (brokerId: string) => ({
  from: { brokerId, diskId: `${brokerId}1`, incarnation: '1.abc' },
  clusterId: 'cluster',
  membersHash: '0123abcd',
})

export function fetchRequest(from: string, requestId: number, more: Partial<FetchRequest> = {}): FetchRequest {
  return {
    type: 'fetch-request',
    ...envelopeOf(from),
    requestId,
    purpose: 'follow',
    epoch: 1,
    continues: 0,
    positions: [{ key: topicKey, endOffset: 0, lastEpoch: -1, enteredEpoch: 0, highWatermark: 0 }],
    maxWaitMs: 100,
    maxBytes: 4_194_304,
    ...more,
  }
}

export function fetchResponse(from: string, requestId: number, batches: Uint8Array = Buffer.alloc(0)): FetchResponse {
  const offsets = { baseOffset: 0, highWatermark: 0, logStartOffset: 0, endOffset: 0, startOffset: 0 }
  return {
    type: 'fetch-response',
    ...envelopeOf(from),
    requestId,
    epoch: 1,
    verdict: 'ok',
    isr: { isr: [], isrEpoch: 1, isrVersion: 1 },
    isServing: true,
    isInSync: true,
    historyCuts: [],
    results: [{ key: topicKey, type: 'batches', batches, ...offsets }],
  }
}

export function promiseRequest(from: string, requestId: number): PromiseRequest {
  return { type: 'promise-request', ...envelopeOf(from), requestId, epoch: 1, founders: [] }
}

export function announce(from: string, epoch: number): Announce {
  return { type: 'announce', ...envelopeOf(from), epoch, isServing: true, founders: [] }
}
