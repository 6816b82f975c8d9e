import type { ElectionPorts } from './election-ports.ts'

/** The machine's own time and chance: the only place in this package that reads them. */
export const systemPorts: ElectionPorts = {
  monotonicMs: () => performance.now(),
  wallClockMs: () => Date.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
