import { writeSync } from 'node:fs'
import { Elector } from '../src/elector.ts'
import { openLeaseStore } from '../src/open-lease-store.ts'

/** What a candidate prints, a line of JSON for each. */
export interface CandidateLine {
  readonly id: string
  readonly event: 'ready' | 'elected' | 'lost' | 'problem'
  readonly epoch?: number
  readonly reason?: string
}

/** A process that runs an elector until SIGTERM. Arguments: the URL of the store, its id, its owner index, the length of the lease. */
if (process.argv[1] === import.meta.filename) {
  const [url = '', id = '', index = '', ttl = ''] = process.argv.slice(2)
  await run(url, id, Number(index), Number(ttl))
}

async function run(url: string, id: string, ownerIndex: number, ttlMs: number): Promise<void> {
  const store = await openLeaseStore(url)
  const elector = new Elector({ store, id, ownerIndex, ttlMs })
  elector.on('elected', ({ epoch }) => print({ id, event: 'elected', epoch }))
  elector.on('lost', ({ epoch, reason }) => print({ id, event: 'lost', epoch, reason }))
  elector.on('problem', ({ code }) => print({ id, event: 'problem', reason: code }))
  elector.start()
  print({ id, event: 'ready' })
  process.on('SIGTERM', async () => {
    await elector.stop()
    await store.close()
  })
}

function print(line: CandidateLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
