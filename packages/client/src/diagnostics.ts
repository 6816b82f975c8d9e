import { channel } from '#platform'

/**
 * The SDK logs nothing. Whoever wants to see what it does subscribes to these channels of node:diagnostics_channel; a
 * message is made only while somebody does.
 */
export const diagnostics = {
  /** `{ name, event }`: every event of a client, whether or not it has listeners. */
  event: channel('yak:client:event'),
  /** `{ event, error }`: a listener threw. */
  listenerError: channel('yak:client:listener-error'),
  /** `{ url, entries, sizeBytes }`: a produce request leaves. */
  produceStart: channel('yak:client:produce:start'),
  /** `{ url, entries, durationMs, error? }`: its answer is in, or it failed. */
  produceEnd: channel('yak:client:produce:end'),
  /** `{ url, partitions, maxWaitMs }`: a fetch leaves. */
  fetchStart: channel('yak:client:fetch:start'),
  /** `{ url, sizeBytes, durationMs, error? }`: its answer is in, or it failed. */
  fetchEnd: channel('yak:client:fetch:end'),
}
