import { isPassing } from '../storage.ts'

/**
 * Waits until all of them are over, and only then throws what failed: whoever tries again must not meet files that the first try is
 * still writing. A full disk or a lack of descriptors may pass, so of several failures any other one counts.
 */
export async function settleAll(tasks: readonly (Promise<void> | undefined)[]): Promise<void> {
  const failures = (await Promise.allSettled(tasks)).filter((result) => result.status === 'rejected')
  const failure = failures.find(({ reason }) => !isPassing(reason)) ?? failures[0]
  if (failure !== undefined) throw failure.reason
}
