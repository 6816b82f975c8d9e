import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const produceSearch = z.object({
  topic: z.catch(z.optional(z.string()), undefined),
  /**
   * These fill the form once, over its draft: "send it again" of another page. The router parses what looks like JSON, so the
   * page asks `searchText` for the text.
   */
  key: z.optional(z.unknown()),
  value: z.optional(z.unknown()),
  headers: z.optional(z.unknown()),
  kind: z.catch(z.optional(z.enum(['json', 'text', 'none'])), undefined),
  partition: z.catch(z.optional(z.int()), undefined),
  /** What stands in double braces there is sent as it stands. */
  asTyped: z.catch(z.optional(z.boolean()), undefined),
})
