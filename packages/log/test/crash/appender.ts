/**
 * Appends until it is killed, and says on standard output what was acknowledged: a line for each batch, written with one
 * system call once its promise resolved. Arguments: the data folder, the producer id, the seed.
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { Log, LogDisk, NodeStorage } from '../../src/index.ts'
import { seededRandom } from '../../src/testing/index.ts'
import { batchOf } from '../batches.ts'
import { CRASH_CONFIG, CRASH_FOLDER } from './crash-config.ts'

const [root, producer, seed] = process.argv.slice(2)
const random = seededRandom(Number(seed))
const log = await Log.open({
  disk: new LogDisk({ storage: new NodeStorage(root!) }),
  folder: CRASH_FOLDER,
  config: CRASH_CONFIG,
})
if (log.failure !== undefined) throw log.failure
// A process that is killed would never save what it compiled, and the next one would compile it again.
flushCompileCache()
writeSync(1, 'ready\n')

let sequence = 0
for (;;) {
  const appends = Array.from({ length: 1 + Math.floor(random() * 12) }, () => {
    const count = 1 + Math.floor(random() * 3)
    const padding = 'x'.repeat(random() < 0.1 ? 20_000 * random() : 300 * random())
    const values = Array.from({ length: count }, (_, index) => `${producer}.${sequence + index} ${padding}`)
    const baseSequence = sequence
    const { bytes, header } = batchOf({ values, producerId: Number(producer), baseSequence })
    sequence += count
    const { baseOffset, synced } = log.appendAsLeader(bytes, header, 1)
    return synced.then(() => writeSync(1, `${baseOffset} ${baseSequence} ${count} ${padding.length}\n`))
  })
  // Now all of them, now the first only, so that several groups are under way.
  await (random() < 0.5 ? Promise.all(appends) : appends[0])
}
