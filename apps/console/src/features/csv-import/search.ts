import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const csvImportSearch = z.object({
  topic: z.catch(z.optional(z.string()), undefined),
})
