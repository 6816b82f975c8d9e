import { Store } from './store.ts'

/** Writes that wait for a leader. The frame shows how many, with Cancel; who made them does the waiting. */
export interface PendingWrite {
  readonly id: number
  readonly label: string
  readonly since: number
  readonly cancel: () => void
}

export const pendingWrites: Store<readonly PendingWrite[]> = new Store<readonly PendingWrite[]>([])

let nextId = 1

/** Shows a waiting write in the frame until the function given back is called. */
export function addPendingWrite(label: string, cancel: () => void): () => void {
  const write: PendingWrite = { id: nextId++, label, since: Date.now(), cancel }
  pendingWrites.update((writes) => [...writes, write])
  return () => pendingWrites.update((writes) => writes.filter((each) => each !== write))
}
