import type { ReactNode } from 'react'
import { partsOf } from '../lib/visible-text.ts'

/**
 * Text from outside, where it cannot pass for another one: what is not seen in it has a small mark, and nothing in it moves
 * what stands beside it. A copy has the text as it was sent.
 */
export function VisibleText({ children }: { children: string }) {
  return <bdi>{visibleParts(children)}</bdi>
}

/** The same, for what is put together of several. */
export function visibleParts(text: string): ReactNode {
  const parts = partsOf(text)
  if (parts.length === 1 && typeof parts[0] === 'string') return text
  return parts.map((part, index) =>
    typeof part === 'string' ? (
      part
    ) : (
      // A box of its own is a paragraph of its own: what turns letters around ends with it.
      <span
        key={index}
        data-name={part.name}
        className="inline-block whitespace-nowrap text-[0px] leading-none before:rounded-xs before:bg-warn-tint before:px-0.5 before:font-sans before:text-[0.6875rem] before:text-warn before:content-[attr(data-name)]"
      >
        {part.text}
      </span>
    ),
  )
}
