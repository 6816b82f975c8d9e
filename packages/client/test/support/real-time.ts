/** For tests against real sockets. Nothing may depend on how exactly it keeps to the time. */
export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
