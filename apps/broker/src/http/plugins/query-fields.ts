import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a browser shows: links to it may carry any query. */
    page?: boolean
  }
}

const noFields = z.strictObject({})

/**
 * A field of a query that a path does not know is refused everywhere, and not only where the path knows others: who sends
 * one means something by it. Call it before the routes are added.
 */
export function addQueryFields(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.page === true || route.schema?.querystring !== undefined) return
    route.schema = { ...route.schema, querystring: noFields }
  })
}
