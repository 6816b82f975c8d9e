import { Fragment, useState } from 'react'
import { inUsualOrder, type Snippet } from '../lib/produce-snippets.ts'
import { CopyButton } from './copy-button.tsx'
import { cx } from './cx.ts'
import { visibleParts } from './visible-text.tsx'

/** Code to copy, as it is. A line that is too long goes on below itself, set in; that is only seen, and not copied. */
export function CodeBlock({ code, className }: { code: string; className?: string }) {
  return (
    <div className={cx('flex items-start rounded-md border bg-surface-2', className)}>
      <pre className="wrap-anywhere min-w-0 grow whitespace-pre-wrap p-2.5 font-mono text-xs leading-5 max-sm:py-4">
        {code.split(/(?<=\n)/).map((line, index) => (
          <CodeLine key={index} line={line} />
        ))}
      </pre>
      <div className="shrink-0 p-1.5 max-sm:p-1">
        <CopyButton text={() => code} />
      </div>
    </div>
  )
}

/** Further in than this, too little of a phone would be left. */
const deepestIndent = 8
/** A longer line is data, and is broken anywhere. */
const longestWithPlaces = 2_000

/** An option of a command, and an address that is not too long: a browser would break them after a hyphen or a slash, and what is left does not look like one. */
const unbroken = /((?<=\s)--?[a-z][a-z-]{0,30}|https?:\/\/[\w.-]{1,16}(?::\d+)?(?![\w.-]))/

/** With its end of line, if it has one: what is selected is what the code is. */
function CodeLine({ line }: { line: string }) {
  const below = Math.min(line.length - line.trimStart().length, deepestIndent) + 2
  // Lists of addresses and queries of URLs have no place where a browser would break them by itself.
  const parts = line.length > longestWithPlaces ? [line] : line.split(/(?<=[,?&])(?=[^\s,?&])/)
  return (
    <span dir="ltr" className="block [&_*]:indent-0" style={{ paddingLeft: `${below}ch`, textIndent: `-${below}ch` }}>
      {parts.map((part, index) => (
        <Fragment key={index}>
          {index === 0 ? null : <wbr />}
          {part.split(unbroken).map((piece, at) =>
            at % 2 === 0 ? (
              <Fragment key={at}>{visibleParts(piece)}</Fragment>
            ) : (
              <span key={at} className="whitespace-nowrap">
                {piece}
              </span>
            ),
          )}
        </Fragment>
      ))}
    </span>
  )
}

/** The same thing in several languages: "try it" (SDK, curl, CLI). */
export function Snippets({ snippets: given }: { snippets: readonly Snippet[] }) {
  const [chosen, setChosen] = useState(0)
  const snippets = inUsualOrder(given)
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
