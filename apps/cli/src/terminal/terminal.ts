import type { Readable } from 'node:stream'
import { EXIT } from '../exit-code.ts'
import { Output } from './output.ts'
import { Status } from './status.ts'

/** The process's surroundings, as far as commands touch them. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean }
  /** Data: standard output. */
  readonly output: Output
  /** Words about it: standard error. */
  readonly status: Status
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function processTerminal(): Terminal {
  // Words that nobody can read are no reason to fail at what was asked.
  process.stderr.on('error', () => {})
  return {
    input: process.stdin,
    output: new Output(process.stdout),
    status: new Status(process.stderr),
    environment: process.env,
  }
}

/** A wish to stop: what is under way is finished and reported. */
export interface Interrupt {
  /** Aborts with the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  /** Aborts with the second: do not wait for what is under way. */
  readonly impatient: AbortSignal
  /** 130 or 143 once the first came. */
  readonly exitCode: number | undefined
  /** Gives Ctrl-C its usual meaning again. */
  release(): void
}

/** From here on Ctrl-C and SIGTERM ask to stop; the third ends the process where it stands. */
export function catchInterrupt(): Interrupt {
  const stop = new AbortController()
  const impatient = new AbortController()
  let exitCode: number | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    if (impatient.signal.aborted) process.exit(exitCode)
    if (stop.signal.aborted) impatient.abort()
    exitCode ??= signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: stop.signal,
    impatient: impatient.signal,
    get exitCode() {
      return exitCode
    },
    release() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
