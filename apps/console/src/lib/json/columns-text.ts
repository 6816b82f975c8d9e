import { readPath } from './path-text.ts'

/** As many as a wide screen has room for. */
export const mostDefaultColumns = 8

/** What somebody typed as the columns that lists of messages begin with, with commas between; `problem` says what to type instead. */
export function readColumns(
  text: string,
):
  | { readonly columns: readonly string[]; readonly problem: null }
  | { readonly columns: null; readonly problem: string } {
  const typed = text.split(',').map((each) => each.trim())
  const columns = [...new Set(typed.filter((each) => each !== ''))]
  const wrong = columns.find((each) => readPath(each) === null)
  if (wrong !== undefined) return { columns: null, problem: `${wrong} is no field. Write user.id, items[0], ["a b"].` }
  if (columns.length > mostDefaultColumns)
    return { columns: null, problem: `Give at most ${mostDefaultColumns}, not ${columns.length}.` }
  return { columns, problem: null }
}
