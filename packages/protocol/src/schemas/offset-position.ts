import { z } from 'zod'
import { type OffsetPosition, offsetPositionOf } from '../offset-position.ts'

export const offsetPositionSchema = z
  .union([z.int(), z.string()], 'Give a whole number, earliest, latest or an ISO time such as 2026-01-31T10:00:00Z')
  .meta({
    description: 'A whole number, `earliest`, `latest`, or an ISO time: the first record at or after it.',
    examples: ['earliest', 42, '2026-01-31T10:00:00Z'],
  })
  .transform((value, context): OffsetPosition => {
    const position = offsetPositionOf(value)
    if (position !== undefined) return position
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(value)} is no offset: give a whole number, earliest, latest or an ISO time such as 2026-01-31T10:00:00Z`,
    })
    return z.NEVER
  })
