/**
 * Where the live channel is and what to do next, without a socket or a clock.
 *
 *     idle       --start-->   connecting(url)
 *     connecting --opened-->  open
 *     connecting --closed-->  waiting(delay)      the next address in turn
 *     open       --closed-->  waiting(delay)      the same broker once, then its peers
 *     waiting    --elapsed--> connecting
 *     waiting    --retry-now-> connecting
 *     any        --stop-->    idle
 *
 * Each step gives the new state and at most one effect. A delay grows from 0.25 s to 5 s over rounds, with jitter, so that
 * a thousand pages that lost the same broker do not all knock at once.
 */
export type ReconnectState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly url: string; readonly attempt: number; readonly lost: string | null }
  | { readonly phase: 'open'; readonly url: string }
  | {
      readonly phase: 'waiting'
      /** Where it will try next. */
      readonly url: string
      readonly attempt: number
      readonly delayMs: number
      /** The broker that was talked to before; null when there never was one. */
      readonly lost: string | null
    }

export type ReconnectEvent =
  | { readonly type: 'start'; readonly url: string }
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'elapsed' }
  | { readonly type: 'retry-now' }
  | { readonly type: 'stop' }

export type ReconnectEffect =
  | { readonly type: 'connect'; readonly url: string }
  | { readonly type: 'wait'; readonly delayMs: number }

export interface ReconnectStep {
  readonly state: ReconnectState
  readonly effect: ReconnectEffect | null
}

export const firstDelayMs = 250
export const maxDelayMs = 5_000

/** `random` is from 0 to 1. `urls` are the peers in turn. */
export function reconnect(
  state: ReconnectState,
  event: ReconnectEvent,
  urls: readonly string[],
  random: number,
): ReconnectStep {
  switch (event.type) {
    case 'stop':
      return { state: { phase: 'idle' }, effect: null }
    case 'start':
      return connectTo(event.url, 0, null)
    case 'opened':
      return state.phase === 'connecting'
        ? { state: { phase: 'open', url: state.url }, effect: null }
        : { state, effect: null }
    case 'closed':
      // The same broker once more: most lost sockets are not lost brokers.
      if (state.phase === 'open') return waitFor(state.url, 1, state.url, urls, random)
      if (state.phase === 'connecting')
        return waitFor(nextUrl(urls, state.url), state.attempt + 1, state.lost, urls, random)
      return { state, effect: null }
    case 'elapsed':
    case 'retry-now':
      return state.phase === 'waiting' ? connectTo(state.url, state.attempt, state.lost) : { state, effect: null }
  }
}

function connectTo(url: string, attempt: number, lost: string | null): ReconnectStep {
  return { state: { phase: 'connecting', url, attempt, lost }, effect: { type: 'connect', url } }
}

function waitFor(
  url: string,
  attempt: number,
  lost: string | null,
  urls: readonly string[],
  random: number,
): ReconnectStep {
  const delayMs = delayOf(attempt, urls.length, random)
  return { state: { phase: 'waiting', url, attempt, delayMs, lost }, effect: { type: 'wait', delayMs } }
}

/** Doubles with each round over all peers, not with each peer: the second of three is as likely to be well as the first. */
export function delayOf(attempt: number, peerCount: number, random: number): number {
  const round = Math.floor(Math.max(0, attempt - 1) / Math.max(1, peerCount))
  const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(round, 10))
  return Math.round(Math.max(firstDelayMs, ceiling * (0.5 + 0.5 * random)))
}

function nextUrl(urls: readonly string[], url: string): string {
  return urls[(urls.indexOf(url) + 1) % Math.max(1, urls.length)] ?? url
}
