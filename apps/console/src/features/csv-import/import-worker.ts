/**
 * The worker that reads and sends files. Its script comes from the broker that served the page and from no other, so it is
 * started long before it has something to do: an import may begin when that broker is gone.
 */
let spare: Worker | undefined

/** Starts it, unless it is there. */
export function keepImportWorker(): void {
  if (spare !== undefined) return
  const worker = newWorker()
  spare = worker
  // One that did not arrive is asked for again by whoever needs it.
  worker.addEventListener('error', () => {
    if (spare === worker) spare = undefined
  })
}

/** The one that was kept, or a new one. Whoever takes it hears of its errors. */
export function takeImportWorker(): Worker {
  const worker = spare ?? newWorker()
  spare = undefined
  return worker
}

const newWorker = () => new Worker(new URL('./csv-worker.ts', import.meta.url), { type: 'module', name: 'yak-csv' })
