/** What the process says to its caller; documented in docs/cli.md and in `yak --help`. */
export const EXIT = {
  /** All that was asked was done. */
  done: 0,
  /** Some of it was not: a row refused, a broker out of reach, a damaged file. */
  notAll: 1,
  /** The command line itself was wrong; nothing was begun. */
  usage: 2,
  /** Stopped by Ctrl-C, after reporting what was done until then (128 + SIGINT). */
  interrupted: 130,
  /** Stopped by SIGTERM (128 + SIGTERM). */
  terminated: 143,
} as const
