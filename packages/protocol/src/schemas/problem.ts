import { z } from 'zod'
import type { Problem } from '../problem.ts'

/** Every answer that is not a success. */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Names the kind of problem: urn:yak:error:<code>.' }),
    title: z.string().meta({ description: 'What the code means.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What happened, with its values, and what to do.' }),
    code: z.string().meta({ description: 'The row of the error table. Tell errors apart by this.' }),
    retriable: z.boolean().meta({ description: 'The same request may succeed later without being changed.' }),
    outcome: z.enum(['not-written', 'unknown']).meta({
      description: 'What became of a write: not-written can never become visible, unknown may.',
    }),
    requestId: z.string().optional().meta({ description: 'Under which the broker logged it.' }),
    details: z.record(z.string(), z.unknown()).optional().meta({ description: 'Facts for programs.' }),
  } satisfies Record<keyof Problem, z.ZodType>)
  .meta({
    id: 'Problem',
    description: 'An error, as RFC 9457 problem+json.',
    examples: [
      {
        type: 'urn:yak:error:OFFSET_OUT_OF_RANGE',
        title: 'The offset is below the log start or beyond the log end',
        status: 416,
        detail: 'Offset 120 is below the log start offset 500 of orders-1. Seek to 500 or later.',
        code: 'OFFSET_OUT_OF_RANGE',
        retriable: false,
        outcome: 'not-written',
        requestId: 'req-7f',
        details: { offset: 120, logStartOffset: 500 },
      },
    ],
  })
