import { useState } from 'react'
import { CopyButton } from './copy-button.tsx'
import { cx } from './cx.ts'
import { VisibleText } from './visible-text.tsx'

const preClass = 'scroll-x more-beside min-w-0 grow overflow-x-auto p-2.5 font-mono text-xs leading-5 max-sm:py-4'

/** Text to copy, as it is. */
export function CodeBlock({ code, className }: { code: string; className?: string }) {
  return (
    <div className={cx('flex items-start rounded-md border bg-surface-2', className)}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className={preClass}>
        <VisibleText>{code}</VisibleText>
      </pre>
      <div className="shrink-0 p-1.5 max-sm:p-1">
        <CopyButton text={() => code} />
      </div>
    </div>
  )
}

/** The same thing in several languages: "try it" (SDK, curl, CLI). */
export function Snippets({ snippets }: { snippets: readonly { readonly name: string; readonly code: string }[] }) {
  const [chosen, setChosen] = useState(0)
  const snippet = snippets[chosen] ?? snippets[0]
  if (snippet === undefined) return null
  return (
    <div>
      <fieldset className="mb-1 flex gap-1">
        <legend className="sr-only">Language</legend>
        {snippets.map((each, index) => (
          <button
            key={each.name}
            type="button"
            aria-pressed={each === snippet}
            onClick={() => setChosen(index)}
            className={cx(
              'h-6 rounded-sm px-2 text-xs max-sm:h-10 max-sm:min-w-11',
              each === snippet ? 'bg-surface-3 font-medium text-text' : 'text-text-3 hover:text-text',
            )}
          >
            {each.name}
          </button>
        ))}
      </fieldset>
      <CodeBlock code={snippet.code} />
    </div>
  )
}
