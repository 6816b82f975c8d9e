import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const timelineSearch = z.object({
  from: z.catch(z.optional(z.int()), undefined),
  to: z.catch(z.optional(z.int()), undefined),
  view: z.catch(z.optional(z.enum(['lanes', 'table'])), undefined),
  p: z.catch(z.optional(z.array(z.string())), undefined),
})
