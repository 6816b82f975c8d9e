// A thread that opens new files at the same moments as others do: workerData is { folder, files, gate, threads }. Posts what it was told.
import { join } from 'node:path'
import * as sqlite from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { LeaseDatabase } from '../../src/sqlite/lease-database.ts'

const { folder, files, gate, threads } = workerData as {
  readonly folder: string
  readonly files: number
  readonly gate: Int32Array
  readonly threads: number
}
const problems: string[] = []
for (let file = 0; file < files; file++) {
  Atomics.add(gate, 0, 1)
  while (Atomics.load(gate, 0) < (file + 1) * threads);
  for (let isOpen = false; !isOpen; ) {
    try {
      LeaseDatabase.open(sqlite, { path: join(folder, `${file}.db`), setting: 'the path' }).close()
      isOpen = true
    } catch (error) {
      const { message } = error as Error
      if (/locked|busy/.test(message)) continue
      problems.push(message)
      break
    }
  }
}
parentPort!.postMessage(problems)
