import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const produceSearch = z.object({
  topic: z.catch(z.optional(z.string()), undefined),
  key: z.catch(z.optional(z.string()), undefined),
  partition: z.catch(z.optional(z.int()), undefined),
})
