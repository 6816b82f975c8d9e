import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const brokerSearch = z.object({
  /** Settings that have their default too. */
  settings: z.catch(z.optional(z.literal('all')), undefined),
})
