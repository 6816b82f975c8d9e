import { YakError } from '@yak/protocol'
import { SourceError } from '@yak/rows'
import { UsageError } from './arguments/usage-error.ts'
import { EXIT } from './exit-code.ts'
import { inOwnWords } from './own-words.ts'
import { UnreadableFile } from './sources/unreadable-file.ts'
import { isSystemError, outputErrorText, systemErrorText } from './system-error-text.ts'
import type { Terminal } from './terminal/terminal.ts'
import { visibleText } from './terminal/visible-text.ts'

/**
 * One line on standard error that says what happened and what to do; resolves to the exit code. Words of a file or of a broker
 * may stand in it, so nothing in it can move a terminal's cursor.
 */
export async function reportError(thrown: unknown, { status, output }: Terminal, command: string): Promise<number> {
  status.erase()
  const error = YakError.is(thrown) ? inOwnWords(thrown, command) : thrown
  if (error instanceof UsageError) {
    const meant = error.misspelt === undefined ? undefined : await nearest(error.misspelt)
    const text = visibleText(error.message)
    status.line(`${command}: ${text}${meant === undefined ? '' : ` Did you mean ${meant}?`} See ${command} --help.`)
    return EXIT.usage
  }
  if (YakError.is(error)) {
    status.line(`${command}: ${visibleText(error.message)} (${error.code})`)
    return EXIT.notAll
  }
  if (error instanceof SourceError) {
    const code = error instanceof UnreadableFile ? error.systemCode : error.code
    status.line(`${command}: ${visibleText(error.message)} (${code})`)
    return EXIT.notAll
  }
  if (isSystemError(error)) {
    const text = error === output.failure ? outputErrorText(error) : systemErrorText(error)
    status.line(`${command}: ${visibleText(text)}`)
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
