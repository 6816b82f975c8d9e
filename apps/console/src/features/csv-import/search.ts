import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const csvImportSearch = z.object({
  topic: z.catch(z.optional(z.string()), undefined),
  /** The file cannot be in a URL; without one every step is the first. */
  step: z.catch(z.optional(z.enum(['map', 'check'])), undefined),
})
