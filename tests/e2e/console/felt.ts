import type { UnwatchedPage } from './unwatched-page.ts'

/** What a page has felt: long tasks by the browser's own count, in ms, and how long it drew nothing. */
export interface Felt {
  readonly longTasks: readonly number[]
  readonly frames: number
  readonly longestFrameMs: number
  readonly exceptions: readonly string[]
}

/** Runs in the page before anything else does. */
export const watchTasks = `{
  const fresh = () => ({ longTasks: [], frames: 0, longestFrameMs: 0, exceptions: [] })
  let watched = fresh()
  globalThis.takeFelt = () => {
    const taken = watched
    watched = fresh()
    return taken
  }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.longTasks.push(Math.round(duration))
  }).observe({ type: 'longtask' })
  addEventListener('error', ({ message }) => watched.exceptions.push(message))
  addEventListener('unhandledrejection', ({ reason }) => watched.exceptions.push(String(reason)))
  let last = performance.now()
  const frame = (at) => {
    watched.frames++
    watched.longestFrameMs = Math.max(watched.longestFrameMs, Math.round(at - last))
    last = at
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}`

/** Since it was last asked. */
export async function felt(page: UnwatchedPage): Promise<Felt> {
  const found = (await page.evaluate('takeFelt()')) as Felt
  for (const exception of found.exceptions) console.log(`exception: ${exception}`)
  return found
}

export function longest({ longTasks }: Felt): number {
  return longTasks.reduce((most, each) => Math.max(most, each), 0)
}
