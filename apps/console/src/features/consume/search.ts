import * as z from 'zod/mini'
import { cardTexts } from './card.ts'

/** What the URL of this page says. A value that does not fit is left out, but for subscriptions: the page says which it cannot read. */
export const consumeSearch = z.object({
  /** Subscriptions, each a card: `orders`, `orders/2@earliest`, `~orders?refund` (card.ts). */
  s: z.catch(z.optional(z.array(z.string())), ({ value }) => cardTexts(value)?.slice()),
  view: z.catch(z.optional(z.enum(['merged', 'lanes'])), undefined),
  /** Numbers of the cards that are shown, from 1 on; all unless named. */
  only: z.catch(z.optional(z.array(z.int())), undefined),
})
