import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const messagesSearch = z.object({
  seek: z.catch(z.optional(z.enum(['live', 'newest', 'oldest', 'offset', 'time'])), undefined),
  /** The offset or time to seek to. */
  at: z.catch(z.optional(z.union([z.string(), z.number()])), undefined),
  /** Partitions; all unless named. */
  p: z.catch(z.optional(z.array(z.int())), undefined),
  /** The selected message's offset, with `p` of one partition. */
  o: z.catch(z.optional(z.int()), undefined),
  filter: z.catch(z.optional(z.string()), undefined),
  columns: z.catch(z.optional(z.array(z.string())), undefined),
})
