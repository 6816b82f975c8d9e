import { useNow } from '../../data/hooks.ts'
import { plural } from '../../lib/format.ts'
import { Checkbox } from '../../ui/input.tsx'
import { VisibleText } from '../../ui/visible-text.tsx'
import type { Draft } from './draft.ts'
import { hasPlaceholders } from './placeholders.ts'

/** More of a value is not needed to see what becomes of its braces. */
const shownLength = 4_000

/** What the next send makes of a draft with placeholders, before it is sent; and the choice to send the braces themselves. */
export function FilledPreview({
  draft,
  fill,
  onAsTyped,
}: {
  draft: Draft
  fill: (nowMs: number) => Draft
  onAsTyped: (asTyped: boolean) => void
}) {
  const filled = fill(useNow(1_000))
  const typed = [draft.key ?? '', draft.value, ...draft.headers.map(([, text]) => text)].join(' ')
  const parts: readonly (readonly [name: string, text: string])[] = [
    ...(hasPlaceholders(draft.key ?? '') ? [['Key', filled.key ?? ''] as const] : []),
    ...(draft.kind !== 'none' && hasPlaceholders(draft.value) ? [['Value', filled.value] as const] : []),
    ...filled.headers.filter((_, index) => hasPlaceholders(draft.headers[index]![1])),
  ]
  return (
    <section aria-label="What is sent" className="flex flex-col gap-2 rounded-md border bg-surface-2 p-3">
      <Checkbox
        label={
          <span>
            Fill in what stands in <code className="font-mono text-xs">{'{{ }}'}</code>
          </span>
        }
        checked={draft.asTyped !== true}
        onChange={(event) => onAsTyped(!event.target.checked)}
      />
      {draft.asTyped ? (
        <p className="text-text-2 text-xs">It is sent with its braces, as it stands above.</p>
      ) : (
        <>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-xs">
            {parts.map(([name, text], index) => (
              <div key={index} className="contents">
                <dt className="max-w-32 truncate text-text-2 leading-5">
                  <VisibleText>{name}</VisibleText>
                </dt>
                <dd>
                  <Filled text={text} />
                </dd>
              </div>
            ))}
          </dl>
          <p className="text-pretty text-text-2 text-xs">
            The next send says this; after it the values are drawn anew.
            {/\{\{\s*(now|ms)\s*\}\}/.test(typed) ? ' A time becomes the moment of sending.' : ''}
            {/\{\{\s*i\s*\}\}/.test(typed) ? (
              <>
                {' '}
                <Code>i</Code> counts single sends from here; a run of many counts its own, from 1.
              </>
            ) : null}
          </p>
        </>
      )}
    </section>
  )
}

function Code({ children }: { children: string }) {
  return <code className="font-mono">{`{{${children}}}`}</code>
}

const filledClass = 'scroll-y max-h-40 overflow-y-auto whitespace-pre-wrap break-all font-mono text-xs leading-5'

function Filled({ text }: { text: string }) {
  const left = text.length - shownLength
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre tabIndex={0} className={filledClass}>
      <VisibleText>{text.slice(0, shownLength)}</VisibleText>
      {left > 0 ? <span className="text-text-2">… and {plural(left, 'character')} more</span> : null}
    </pre>
  )
}
