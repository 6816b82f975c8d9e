import { usePeers } from '../../data/hooks.ts'
import { Snippets } from '../../ui/code-block.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import { type Card, cardKey, startText } from './card.ts'
import { CardNumber } from './card-number.tsx'
import { subscriptionSnippets } from './subscription-snippets.ts'

/** How to read what each card shows from elsewhere. */
export function CodeDialog({ open, onClose, cards }: { open: boolean; onClose: () => void; cards: readonly Card[] }) {
  const { peers } = usePeers()
  const urls = peers.map(({ url }) => url)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="The same from elsewhere"
      description={
        cards.some(({ filter }) => filter !== '') ? 'Without the filters, which run in this browser.' : undefined
      }
    >
      <div className="flex flex-col gap-5">
        {cards.map((card, index) => (
          <section key={cardKey(card)} className="min-w-0">
            <h3 className="mb-1 flex min-w-0 items-center gap-2">
              <CardNumber index={index} />
              <span className="truncate font-medium font-mono text-sm">
                <VisibleText>{card.partition === null ? card.topic : `${card.topic}/${card.partition}`}</VisibleText>
              </span>
              <span className="shrink-0 text-text-3 text-xs">{startText(card.start)}</span>
            </h3>
            <Snippets snippets={subscriptionSnippets(card, urls)} />
          </section>
        ))}
      </div>
    </Dialog>
  )
}
