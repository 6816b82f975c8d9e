import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const timelineSearch = z.object({
  /** What is shown, in milliseconds; 15 minutes unless told. */
  span: z.catch(z.optional(z.int()), undefined),
  /** Where it ends, in milliseconds since 1970; unless told it ends now and moves on. */
  to: z.catch(z.optional(z.int()), undefined),
  view: z.catch(z.optional(z.enum(['lanes', 'table'])), undefined),
  /** Partitions with a lane of their own: `orders/2`. */
  p: z.catch(z.optional(z.array(z.string())), undefined),
  /** A file is to be chosen, to look at in place of the cluster. */
  open: z.catch(z.optional(z.boolean()), undefined),
  /** An entry of the journal that is looked at: `1:120`. */
  at: z.catch(z.optional(z.string()), undefined),
})
