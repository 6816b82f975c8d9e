import type { Producer } from '@yak/client'
import { countOf } from '../terminal/quantities.ts'
import type { Status } from '../terminal/status.ts'
import type { Interrupt } from '../terminal/terminal.ts'

/** From a wish to stop until it is said what still keeps the command. */
const STOPS_SILENTLY_MS = 1_000

/** Says what a stop waits for, and lets go of it with the second Ctrl-C. Returns how to end it. */
export function waitOnInterrupt(
  interrupt: Interrupt,
  producer: Producer,
  status: Status,
  rowsUnderWay: () => number,
): () => void {
  let slowStop: NodeJS.Timeout | undefined
  const onInterrupt = (): void => {
    slowStop = setTimeout(() => {
      const rows = rowsUnderWay()
      if (rows > 0) status.line(`waiting for ${countOf(rows, 'row')} under way; Ctrl-C again does not wait`)
    }, STOPS_SILENTLY_MS)
  }
  const abandon = (): void => void producer.close({ timeoutMs: 0 }).catch(() => {})
  interrupt.signal.addEventListener('abort', onInterrupt)
  interrupt.impatient.addEventListener('abort', abandon)
  return () => {
    clearTimeout(slowStop)
    interrupt.signal.removeEventListener('abort', onInterrupt)
    interrupt.impatient.removeEventListener('abort', abandon)
  }
}
