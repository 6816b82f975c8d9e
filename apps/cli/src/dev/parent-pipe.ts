import type { Readable } from 'node:stream'

/** Set for the brokers of `yak dev`: standard input is a pipe whose other end only the parent holds. */
export const parentPipeVariable = 'YAK_PARENT_PIPE'

/** How long a graceful stop may take when nobody is there any more to end it. */
const stopMs = 10_000

/**
 * Stops this process as SIGTERM would when the parent is gone: the pipe ends with its only writer, however that ended, and
 * SIGKILL too. Nothing is ever written to it.
 */
export function stopWithParent(input: Readable & { unref?(): unknown }): void {
  const onGone = (): void => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), stopMs).unref()
    process.kill(process.pid, 'SIGTERM')
  }
  input.once('end', onGone).on('error', onGone).resume()
  // A broker that has stopped ends; the pipe must not keep it.
  input.unref?.()
}
