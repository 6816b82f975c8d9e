import { YakError } from '@yak/protocol'

/** SQLite's primary result codes, the low byte of what node:sqlite gives as `errcode`. */
const resultCodes = {
  perm: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADb: 26,
}

export interface SqliteProblemContext {
  readonly path: string
  readonly setting: string
}

function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** Another process holds the lock: it is over in a moment, and nothing was done. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error)
  return code === resultCodes.busy || code === resultCodes.locked
}

/** The disk failed under a commit: its frames may be found after the next crash, or not. */
export function isDiskFailure(error: unknown): boolean {
  return resultCodeOf(error) === resultCodes.ioError
}

export function busyProblem(waitedMs: number, { path }: SqliteProblemContext): YakError {
  const message = `The coordinator file ${path} was locked by another process for more than ${waitedMs} ms. If a process that uses it is stopped (SIGSTOP, a debugger), let it go on or end it.`
  return new YakError('COORDINATOR_BUSY', message, { details: { path } })
}

/** Nothing was done: a transaction that fails is rolled back. */
export function sqliteProblem(error: unknown, context: SqliteProblemContext): YakError {
  if (YakError.is(error)) return error
  const { path, setting } = context
  const text = error instanceof Error ? error.message : String(error)
  const options = { details: { path }, cause: error }
  switch (resultCodeOf(error)) {
    case resultCodes.cantOpen:
      return new YakError(
        'COORDINATOR_UNREACHABLE',
        `The coordinator file ${path} cannot be opened. Check that its folder exists and may be written to, or correct ${setting}.`,
        options,
      )
    case resultCodes.readOnly:
    case resultCodes.perm:
      return new YakError(
        'COORDINATOR_READ_ONLY',
        `The coordinator file ${path} may not be written to. Check the owner and the permissions of it and of its folder.`,
        options,
      )
    case resultCodes.full:
      return new YakError('COORDINATOR_FULL', `The disk of the coordinator file ${path} is full. Make room.`, options)
    case resultCodes.notADb:
    case resultCodes.corrupt:
      return new YakError(
        'COORDINATOR_INVALID',
        `The file ${path} is not a coordinator's, or is damaged (${text}). Correct ${setting}, or move the file away: a new one is made.`,
        options,
      )
    default:
      return new YakError(
        'COORDINATOR_UNREACHABLE',
        `The coordinator file ${path} cannot be used (${text}). Check its disk, or correct ${setting}.`,
        options,
      )
  }
}

export function foreignFileProblem({ path, setting }: SqliteProblemContext): YakError {
  const message = `The file ${path} is a database of another program. Name another file in ${setting}.`
  return new YakError('COORDINATOR_INVALID', message, { details: { path } })
}

export function newerFileProblem(version: number, { path }: SqliteProblemContext): YakError {
  const message = `The coordinator file ${path} has format ${version}, which a newer version wrote. Use that version, or another file.`
  return new YakError('COORDINATOR_INVALID', message, { details: { path, version } })
}
