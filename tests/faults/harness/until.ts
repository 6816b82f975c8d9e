import { setTimeout as pause } from 'node:timers/promises'

const everyMs = 20

/** Asks again and again until the answer is there; throws with `what` and the last state when it takes longer than `withinMs`. */
export async function until<Found>(
  what: string,
  ask: () => Promise<Found | undefined | false> | Found | undefined | false,
  options: { readonly withinMs?: number; readonly state?: () => string } = {},
): Promise<Found> {
  const { withinMs = 20_000, state } = options
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    const found = await ask()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadlineMs) {
      throw new Error(`Not within ${withinMs} ms: ${what}.${state === undefined ? '' : `\n${state()}`}`)
    }
    await pause(everyMs)
  }
}
