import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const messagesSearch = z.object({
  /** Default `newest`. */
  seek: z.catch(z.optional(z.enum(['live', 'newest', 'oldest', 'offset', 'time'])), undefined),
  /** How many of the newest, default 200. */
  n: z.catch(z.optional(z.int().check(z.positive())), undefined),
  /** The offset or time to seek to. */
  at: z.catch(z.optional(z.union([z.string(), z.number()])), undefined),
  /** Partitions; all unless named. */
  p: z.catch(z.optional(z.array(z.int().check(z.nonnegative()))), undefined),
  /** The open message, `2@1042`. */
  m: z.catch(z.optional(z.string()), undefined),
  /** What the panel shows of it, default its value. */
  tab: z.catch(z.optional(z.enum(['value', 'key', 'headers', 'meta', 'snippet'])), undefined),
  filter: z.catch(z.optional(z.string()), undefined),
  /** JSON paths of the value that are columns, as `user.id`. */
  columns: z.catch(z.optional(z.array(z.string())), undefined),
  /** The live tail stands still. */
  pause: z.catch(z.optional(z.boolean()), undefined),
})

export const messageSearch = z.object({
  tab: z.catch(z.optional(z.enum(['value', 'key', 'headers', 'meta', 'snippet'])), undefined),
})

export const journeySearch = z.object({
  /** Also one that reads as a number; the empty text is a key too. */
  key: z.catch(z.optional(z.pipe(z.union([z.string(), z.number(), z.boolean()]), z.transform(String))), undefined),
  /** How the key is written here, for one that is no text. */
  enc: z.catch(z.optional(z.literal('base64')), undefined),
  /** Partitions; all unless named. */
  p: z.catch(z.optional(z.array(z.int().check(z.nonnegative()))), undefined),
  /** What stands at each message, default what changed. */
  view: z.catch(z.optional(z.literal('whole')), undefined),
})
