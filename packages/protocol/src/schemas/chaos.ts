import { z } from 'zod'

/** What a broker may be told to do to itself, where its operator lets it: `--chaos true`, for development. */
export const chaosActions = ['pause', 'kill', 'cut-coordinator', 'slow-follower', 'heal'] as const

/** One of `chaosActions`. */
export const chaosActionSchema = z.enum(chaosActions)

/** One of `chaosActions`. */
export type ChaosAction = z.infer<typeof chaosActionSchema>

/** The body of `POST /v1/chaos`, and its answer. */
export const chaosRequestSchema = z
  .strictObject({
    action: chaosActionSchema.meta({
      description:
        '`pause`: SIGSTOP, and SIGCONT after `forMs`. `kill`: SIGKILL. `cut-coordinator`: it asks and hears no coordinator for `forMs`. ' +
        '`slow-follower`: for `forMs` what it asks of its leader is late, so that it falls behind what is written and is not in sync. ' +
        '`heal`: a cut or a delay ends now.',
    }),
    forMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(10_000)
      .meta({ description: 'How long, in milliseconds. A kill is for good.' }),
  })
  .meta({ id: 'ChaosRequest', examples: [{ action: 'pause', forMs: 10_000 }] })

/** What `chaosRequestSchema` gives. */
export type ChaosRequest = z.infer<typeof chaosRequestSchema>
