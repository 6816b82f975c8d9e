import { YakError } from '@yak/protocol'
import { SourceError } from '@yak/rows'
import { UsageError } from './arguments/usage-error.ts'
import { EXIT } from './exit-code.ts'
import type { Terminal } from './terminal/terminal.ts'

/** One line on standard error that says what happened and what to do; resolves to the exit code. */
export async function reportError(error: unknown, { status }: Terminal, command: string): Promise<number> {
  status.erase()
  if (error instanceof UsageError) {
    const meant = error.misspelt === undefined ? undefined : await nearest(error.misspelt)
    status.line(
      `${command}: ${error.message}${meant === undefined ? '' : ` Did you mean ${meant}?`} See ${command} --help.`,
    )
    return EXIT.usage
  }
  if (YakError.is(error)) {
    status.line(`${command}: ${error.message} (${error.code})`)
    return EXIT.notAll
  }
  if (error instanceof SourceError || isSystemError(error)) {
    status.line(`${command}: ${error.message}`)
    return EXIT.notAll
  }
  // Not foreseen, so a bug: where it happened is what its report needs.
  status.line(`${command}: this is a bug in yak. ${error instanceof Error ? error.stack : String(error)}`)
  return EXIT.notAll
}

async function nearest({ name, known, prefix }: NonNullable<UsageError['misspelt']>): Promise<string | undefined> {
  // The broker's settings are checked with the same measure; loaded here, since only an error needs it.
  const { nearestName } = await import('@yak/broker')
  const found = nearestName(name, known)
  return found === undefined ? undefined : `${prefix}${found}`
}

/** From the operating system: a full disk behind standard output, a file that cannot be opened. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string'
}
