import { parentPort } from 'node:worker_threads'
import { runSeed } from './run-seed.ts'
import type { SeedRequest } from './seed-result.ts'

/** One thread of `SeedPool`: a request in, a result out, one at a time, because a run takes over the thread's globals. */
const port = parentPort
if (port === null) throw new Error('seed-worker.ts runs in a worker thread.')
port.on('message', (request: SeedRequest) => {
  runSeed(request).then((result) => port.postMessage(result))
})
