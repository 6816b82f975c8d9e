/** The command line is wrong: one line on standard error, exit code 2, nothing was begun. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  /** What was typed and what could have been meant, for "Did you mean". */
  readonly misspelt: { readonly name: string; readonly known: readonly string[]; readonly prefix: string } | undefined

  constructor(message: string, misspelt?: UsageError['misspelt']) {
    super(message)
    this.misspelt = misspelt
  }
}
