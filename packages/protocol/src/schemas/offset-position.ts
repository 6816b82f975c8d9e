import { z } from 'zod'
import { type OffsetPosition, offsetPositionOf } from '../offset-position.ts'
import { shown } from './shown-value.ts'

/** What a place may be, as an error message says it. */
export const offsetPositionAdvice = 'a whole number, earliest, latest or an ISO time such as 2026-01-31T10:00:00Z'

/** A place in a partition, as a query or body writes it: an offset, `earliest`, `latest` or an ISO time. */
export const offsetPositionSchema = z
  .union([z.int(), z.string()], {
    error: ({ input }) => (input === undefined ? 'missing' : `give ${offsetPositionAdvice}, not ${shown(input)}`),
  })
  .meta({
    description: 'A whole number, `earliest`, `latest`, or an ISO time: the first record at or after it.',
    examples: ['earliest', 42, '2026-01-31T10:00:00Z'],
  })
  .transform((value, context): OffsetPosition => {
    const position = offsetPositionOf(value)
    if (position !== undefined) return position
    // `continue`: in a union with something else, a text is meant as this and is told what is wrong with it.
    context.addIssue({
      code: 'custom',
      message: `${shown(value)} is no offset: give ${offsetPositionAdvice}`,
      continue: true,
    })
    return z.NEVER
  })
