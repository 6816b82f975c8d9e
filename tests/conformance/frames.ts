import {
  decodeFetchResponse,
  decodeProduceResponse,
  encodeFetchRequest,
  encodeProduceRequest,
  encodeRecordBatch,
  type FetchEntry,
  type FetchResult,
  type ProduceEntry,
  type ProduceResult,
} from '@yak/protocol'
import { expect } from 'vitest'
import { expectDocumented } from './http-json.ts'
import type { Target } from './target.ts'

export const frameContentType = 'application/vnd.yak.v1'

export async function postFrame(
  target: Target,
  path: string,
  body: Uint8Array,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(new URL(path, target.url), {
    method: 'POST',
    headers: { 'content-type': frameContentType },
    body: body as Uint8Array<ArrayBuffer>,
    ...(signal === undefined ? {} : { signal }),
  })
  await expectDocumented(target, path, 'POST', response, await response.clone().text())
  return response
}

export function produceFrame(entries: readonly ProduceEntry[], ackTimeoutMs = 10_000): Buffer {
  return Buffer.concat(encodeProduceRequest({ ackTimeoutMs, entries }))
}

export async function produce(target: Target, entries: readonly ProduceEntry[]): Promise<readonly ProduceResult[]> {
  const response = await postFrame(target, '/v1/produce', produceFrame(entries))
  const bytes = new Uint8Array(await response.arrayBuffer())
  expect(response.status, Buffer.from(bytes).toString()).toBe(200)
  return decodeProduceResponse(bytes).results
}

export interface FetchSettings {
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
}

export function fetchFrame(entries: readonly Partial<FetchEntry>[], settings: FetchSettings = {}): Uint8Array {
  return encodeFetchRequest({
    maxWaitMs: settings.maxWaitMs ?? 0,
    minBytes: settings.minBytes ?? 1,
    maxBytes: settings.maxBytes ?? 1_048_576,
    entries: entries.map((entry) => ({
      topicId: '00000000-0000-4000-8000-000000000000',
      partition: 0,
      leaderEpoch: -1,
      fetchOffset: 0,
      maxBytes: 1_048_576,
      ...entry,
    })),
  })
}

export async function fetchRecords(
  target: Target,
  entries: readonly Partial<FetchEntry>[],
  settings: FetchSettings = {},
  signal?: AbortSignal,
): Promise<readonly FetchResult[]> {
  const response = await postFrame(target, '/v1/fetch', fetchFrame(entries, settings), signal)
  const bytes = new Uint8Array(await response.arrayBuffer())
  expect(response.status, Buffer.from(bytes).toString()).toBe(200)
  return decodeFetchResponse(bytes).results
}

/** A batch of these values, without keys. */
export function batchOf(values: readonly string[], options: Parameters<typeof encodeRecordBatch>[1] = {}): Uint8Array {
  return encodeRecordBatch(
    values.map((value) => ({ key: null, value, timestamp: 1_767_225_600_000 })),
    options,
  )
}
