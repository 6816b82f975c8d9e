import type { YakError } from '@yak/protocol'

/** What it fails with. Fails itself when it does not. */
export const rejectionOf = (promise: Promise<unknown>): Promise<YakError> =>
  promise.then(
    () => Promise.reject(new Error('It did not fail')),
    (error) => error,
  )
