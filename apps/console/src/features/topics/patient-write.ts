import { ApiError } from '../../data/api/api-error.ts'
import { addPendingWrite } from '../../data/pending-writes.ts'
import { waitsForLeader } from '../../lib/leader-wait.ts'

const pauseMs = 500

/**
 * Writes, and waits while there is no leader: what was certainly not written can be sent again. The frame shows it with
 * Cancel. Anything else is thrown, above all a write whose outcome is unknown.
 */
export async function patientWrite<T>(
  label: string,
  write: (signal: AbortSignal) => Promise<T>,
  onWaiting: (waiting: boolean) => void = () => {},
): Promise<T> {
  const stop = new AbortController()
  let done: (() => void) | null = null
  try {
    for (;;) {
      try {
        return await write(stop.signal)
      } catch (error) {
        const mayWait = error instanceof ApiError && error.outcome === 'not-written' && waitsForLeader(error)
        if (!mayWait || stop.signal.aborted) throw error
        done ??= addPendingWrite(label, () => stop.abort())
        onWaiting(true)
        await pause(stop.signal)
        if (stop.signal.aborted) throw error
      }
    }
  } finally {
    done?.()
    onWaiting(false)
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pauseMs)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
