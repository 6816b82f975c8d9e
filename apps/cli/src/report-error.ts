import { YakError } from '@yak/protocol'
import { SourceError } from '@yak/rows'
import { UsageError } from './arguments/usage-error.ts'
import { EXIT } from './exit-code.ts'
import { inOwnWords } from './own-words.ts'
import { isSystemError, outputErrorText, systemErrorText } from './system-error-text.ts'
import type { Terminal } from './terminal/terminal.ts'

/** One line on standard error that says what happened and what to do; resolves to the exit code. */
export async function reportError(thrown: unknown, { status, output }: Terminal, command: string): Promise<number> {
  status.erase()
  const error = YakError.is(thrown) ? inOwnWords(thrown, command) : thrown
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
  if (error instanceof SourceError) {
    status.line(`${command}: ${error.message}`)
    return EXIT.notAll
  }
  if (isSystemError(error)) {
    const text = error === output.failure ? outputErrorText(error) : systemErrorText(error)
    status.line(`${command}: ${text}`)
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
