import type { FastifyRequest } from 'fastify'
import type { BrokerServices } from '../broker-services.ts'
import type { WaitEnd } from '../records/fetch-wait.ts'

/** A long-poll ends early when its client goes or the broker stops. */
export function waitEndOf(request: FastifyRequest, services: BrokerServices): WaitEnd {
  const { exchange } = request
  return {
    onEnd(listener) {
      const stopExchange = exchange.onEnd(listener)
      const stopStopping = services.onStopping(listener)
      return () => {
        stopExchange()
        stopStopping()
      }
    },
  }
}
