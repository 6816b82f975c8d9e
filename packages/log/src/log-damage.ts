import { YakError } from '@yak/protocol'

/** The bytes of the log are not what they were when they were synced. Nothing is deleted; nothing is served. */
export function damagedLog(name: string, file: string, position: number, problem: string, cause?: unknown): YakError {
  return new YakError(
    'LOG_DAMAGED',
    `${name} is damaged: ${file} at byte ${position} ${problem}. ` +
      'It is not served and nothing was deleted; fetch it again from another replica, or restore its folder.',
    { details: { log: name, file, position, problem }, cause },
  )
}
