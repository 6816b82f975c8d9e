import type { CoreState } from './core-state.ts'
import type { FetchRequest, FetchResponse, FetchResult } from './messages.ts'
import { noIsr } from './state.ts'

/** An answer to a fetch by a broker that does not lead. */
export function sendPlainAnswer(
  state: CoreState,
  { from, requestId, epoch }: FetchRequest,
  verdict: FetchResponse['verdict'],
  results: readonly FetchResult[] = [],
): void {
  state.send(from.brokerId, {
    type: 'fetch-response',
    requestId,
    epoch,
    verdict,
    isr: state.isr ?? noIsr,
    isServing: false,
    isInSync: false,
    historyCuts: [],
    results,
  })
}
