import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const consumeSearch = z.object({
  /** Subscriptions: `orders`, `orders/2@earliest`, each a card. */
  s: z.catch(z.optional(z.array(z.string())), undefined),
  view: z.catch(z.optional(z.enum(['merged', 'lanes'])), undefined),
  filter: z.catch(z.optional(z.string()), undefined),
})
