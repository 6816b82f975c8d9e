import type { LeaseStore, LeaseStoreStatus } from '../src/lease-store.ts'

/** Waits for the store to be in a state, and fails with the state it is in instead. */
export function untilStatus(
  store: LeaseStore,
  fits: (status: LeaseStoreStatus) => boolean,
  withinMs = 20_000,
): Promise<LeaseStoreStatus> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!fits(store.status)) return
      clearTimeout(deadline)
      stop()
      resolve(store.status)
    }
    const stop = store.onStatus(look)
    const deadline = setTimeout(() => {
      stop()
      reject(new Error(`The status is ${JSON.stringify(store.status)}: ${store.status.problem?.message}`))
    }, withinMs)
    look()
  })
}
