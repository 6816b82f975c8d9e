const READINGS = 32

/**
 * A clock for many readings in a row: reads `clock` anew after 32 readings and after each turn of the program. Reading the
 * real one for each record costs as much as encoding a small record does.
 */
export function turnClock(clock: () => number): () => number {
  let timeMs = 0
  let readingsLeft = 0
  let isTurnEnding = false
  const endTurn = (): void => {
    readingsLeft = 0
    isTurnEnding = false
  }
  return () => {
    if (readingsLeft === 0) {
      timeMs = clock()
      readingsLeft = READINGS
      if (!isTurnEnding) {
        isTurnEnding = true
        queueMicrotask(endTurn)
      }
    }
    readingsLeft--
    return timeMs
  }
}
