import { plural } from '../../lib/format.ts'
import { visibleText } from '../../lib/visible-text.ts'
import { cx } from '../../ui/cx.ts'
import { VisibleText } from '../../ui/visible-text.tsx'
import type { SplitRow } from './csv-splitter.ts'

const maxColumnsShown = 100

/** The first rows as they were taken apart; what does not fit the columns is marked. */
export function PreviewTable({ headers, rows }: { headers: readonly string[]; rows: readonly SplitRow[] }) {
  const shown = headers.slice(0, maxColumnsShown)
  const hidden = headers.length - shown.length
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="scroll-x max-h-96 overflow-auto" aria-label="First rows" tabIndex={0}>
        <table className="w-full border-collapse whitespace-nowrap text-left font-mono text-xs">
          <thead className="sticky top-0 bg-surface">
            <tr>
              <th
                scope="col"
                className="w-0 border-b px-3 py-1.5 text-right font-medium font-sans text-2xs text-text-3"
              >
                Line
              </th>
              {shown.map((header) => (
                <th key={header} scope="col" className="border-b px-3 py-1.5 font-medium">
                  <VisibleText>{header}</VisibleText>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const isBad = row.problem !== null || row.fields.length !== headers.length
              return (
                <tr key={row.line} className={cx('border-b last:border-b-0', isBad && 'bg-bad-tint')}>
                  <td className="px-3 py-1 text-right text-text-3">{row.line}</td>
                  {isBad ? (
                    <td className="px-3 py-1" colSpan={shown.length}>
                      <span className="font-sans text-bad">
                        {row.problem ??
                          `${plural(row.fields.length, 'field')} where ${headers.length === 1 ? 'one is' : `${headers.length} are`} expected`}
                        :{' '}
                      </span>
                      <VisibleText>{row.fields.join(' · ').slice(0, 200)}</VisibleText>
                    </td>
                  ) : (
                    row.fields.slice(0, maxColumnsShown).map((field, index) => (
                      <td
                        key={index}
                        className="max-w-72 truncate px-3 py-1"
                        title={field.length > 36 ? visibleText(field.slice(0, 500)) : undefined}
                      >
                        {field === '' ? (
                          <span className="text-text-3">empty</span>
                        ) : (
                          <VisibleText>{field.slice(0, 200)}</VisibleText>
                        )}
                      </td>
                    ))
                  )}
                </tr>
              )
            })}
          </tbody>
        </table>
      </section>
      {hidden > 0 ? (
        <p className="border-t px-3 py-1.5 text-text-3 text-xs">{hidden} more columns are not shown here.</p>
      ) : null}
    </>
  )
}
