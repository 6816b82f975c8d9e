import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const produceSearch = z.object({
  topic: z.catch(z.optional(z.string()), undefined),
  /** These fill the form once, before its draft does: "send it again" of another page. */
  key: z.catch(z.optional(z.string()), undefined),
  value: z.catch(z.optional(z.string()), undefined),
  partition: z.catch(z.optional(z.int()), undefined),
})
