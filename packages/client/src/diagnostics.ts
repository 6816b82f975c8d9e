import { channel } from '#platform'
import type { Channel } from './platform/channel.ts'

export interface Diagnostics {
  /** `{ name, event }`: every event of a client, whether or not it has listeners. */
  readonly event: Channel
  /** `{ event, error }`: a listener threw, or its promise was rejected. */
  readonly listenerError: Channel
  /** `{ url, entries }`: a produce request leaves. */
  readonly produceStart: Channel
  /** `{ url, entries, durationMs, error }`: its answer is in, or it failed. */
  readonly produceEnd: Channel
  /** `{ url, partitions, maxWaitMs }`: a fetch leaves. */
  readonly fetchStart: Channel
  /** `{ url, sizeBytes, durationMs, error }`: its answer is in, or it failed. */
  readonly fetchEnd: Channel
}

/**
 * The SDK logs nothing. Whoever wants to see what it does subscribes to these channels of node:diagnostics_channel; a
 * message is made only while somebody does.
 */
export const diagnostics: Diagnostics = {
  event: channel('yak:client:event'),
  listenerError: channel('yak:client:listener-error'),
  produceStart: channel('yak:client:produce:start'),
  produceEnd: channel('yak:client:produce:end'),
  fetchStart: channel('yak:client:fetch:start'),
  fetchEnd: channel('yak:client:fetch:end'),
}
