import { TriangleAlert } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import type { CardProblem } from './card.ts'

/** Named one by one; of a link that is nonsense throughout, the first. */
const maxNamed = 4

/** Parts of the link that are no subscriptions: they are told, and the others are there. */
export function LinkProblems({ problems, onLeaveOut }: { problems: readonly CardProblem[]; onLeaveOut: () => void }) {
  return (
    <div
      role="alert"
      className="flex shrink-0 items-start gap-3 rounded-lg border border-warn-mark/40 bg-warn-tint px-3 py-2 text-sm text-warn max-sm:flex-col"
    >
      <div className="flex min-w-0 grow gap-2">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className="min-w-0">
          <p className="font-semibold">
            {problems.length === 1
              ? 'One subscription of the link could not be read'
              : `${problems.length} subscriptions of the link could not be read`}
          </p>
          <ul className="mt-0.5">
            {problems.slice(0, maxNamed).map(({ text, problem }, index) => (
              <li key={index} className="break-words">
                {text === '' ? null : (
                  <code className="mr-2 break-all font-mono text-xs">
                    <VisibleText>{text}</VisibleText>
                  </code>
                )}
                {problem}
              </li>
            ))}
            {problems.length > maxNamed ? <li>and {problems.length - maxNamed} more</li> : null}
          </ul>
        </div>
      </div>
      <Button size="sm" onClick={onLeaveOut}>
        Leave {problems.length === 1 ? 'it' : 'them'} out
      </Button>
    </div>
  )
}
