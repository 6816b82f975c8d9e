import * as z from 'zod/mini'

/** What the URL of this page says. A value that does not fit is left out, never an error. */
export const logSearch = z.object({
  /** Text in the line. */
  q: z.catch(z.optional(z.string()), undefined),
  level: z.catch(z.optional(z.enum(['info', 'warn', 'error'])), undefined),
  type: z.catch(z.optional(z.string()), undefined),
  broker: z.catch(z.optional(z.coerce.string()), undefined),
  /** An entry: `1:120` is entry 120 of broker 1. */
  at: z.catch(z.optional(z.string()), undefined),
})
