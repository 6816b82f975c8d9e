import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const overviewSearch = z.object({
  range: z.catch(z.optional(z.enum(['1m', '5m', '15m', '1h'])), undefined),
  /** The partition whose drawer is open: `orders/2`. */
  partition: z.catch(z.optional(z.string()), undefined),
  /** Of the activity log. */
  level: z.catch(z.optional(z.enum(['info', 'warn', 'error'])), undefined),
  type: z.catch(z.optional(z.string()), undefined),
})
