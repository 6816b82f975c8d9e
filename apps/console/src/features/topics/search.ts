import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const topicsSearch = z.object({
  q: z.catch(z.optional(z.string()), undefined),
  regex: z.catch(z.optional(z.boolean()), undefined),
  internal: z.catch(z.optional(z.boolean()), undefined),
  sort: z.catch(z.optional(z.string()), undefined),
  desc: z.catch(z.optional(z.boolean()), undefined),
  create: z.catch(z.optional(z.boolean()), undefined),
})

export const partitionsSearch = z.object({
  /** Partitions whose replication is unfolded. */
  open: z.catch(z.optional(z.array(z.int())), undefined),
})

export const configSearch = z.object({
  changed: z.catch(z.optional(z.boolean()), undefined),
})
