import { beforeEach, describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk } from '../src/index.ts'
import { ManualClock, MemoryStorage, seededRandom } from '../src/testing/index.ts'
import { append, appendSynced, values } from './batches.ts'

describe('a log whose flush is changed while it runs', () => {
  let storage: MemoryStorage
  let release: (() => void) | undefined
  let holds: (operation: string, path: string) => boolean
  const open = (config: Partial<LogConfig> = {}): Promise<Log> =>
    Log.open({
      disk: new LogDisk({ storage, clock: new ManualClock() }),
      folder: 'orders-1',
      config: { flushIntervalMs: 3_600_000, syncedEndLagMs: 0, ...config },
    })

  beforeEach(() => {
    release = undefined
    holds = () => false
    storage = new MemoryStorage({
      before: async (operation, path) => {
        if (!holds(operation, path)) return
        holds = () => false
        await new Promise<void>((resolve) => {
          release = resolve
        })
      },
    })
  })

  test('to always: what was written before is synced at once, and nobody waits for the next append', async () => {
    const log = await open({ flush: 'interval' })
    await appendSynced(log, { values: ['a'] })
    expect(log.syncedEndOffset).toBe(0)
    const readable: number[] = []
    log.onSynced((endOffset) => readable.push(endOffset))
    log.configure({ flush: 'always' })
    await log.flush()
    expect(log.syncedEndOffset).toBe(1)
    expect(readable).toEqual([1])
    await log.close()
  })

  for (const preallocateBytes of [0, 65_536]) {
    test(`to always: an append is done when all before it is synced too, with ${preallocateBytes} bytes ahead`, async () => {
      for (let seed = 1; seed <= 20; seed++) {
        storage = new MemoryStorage()
        const log = await open({ flush: 'interval', preallocateBytes })
        // Each in sectors of its own.
        for (const value of ['a', 'b', 'c']) await appendSynced(log, { values: [value.repeat(2_000)] })
        log.configure({ flush: 'always' })
        await appendSynced(log, { values: ['d'.repeat(2_000)] })
        expect(log.syncedEndOffset).toBe(4)
        storage.cutPower(seededRandom(seed))
        const again = await open()
        expect(again.failure).toBeUndefined()
        expect((await values(again)).map((value) => value[0])).toEqual(['a', 'b', 'c', 'd'])
      }
    })
  }

  test('to always: a write that was under way without a sync is not taken for a synced one', async () => {
    const log = await open({ flush: 'interval' })
    holds = (operation, path) => operation === 'write' && path.endsWith('.log')
    const appended = append(log, { values: ['a'] })
    while (release === undefined) await new Promise(setImmediate)
    log.configure({ flush: 'always' })
    holds = (operation, path) => operation === 'sync' && path.endsWith('.log')
    const held = release
    release = undefined
    held()
    await appended.synced
    expect(log.syncedEndOffset).toBe(0)
    while (release === undefined) await new Promise(setImmediate)
    ;(release as () => void)()
    await log.flush()
    expect(log.syncedEndOffset).toBe(1)
  })

  test('to interval: an append is done when it is written', async () => {
    const log = await open({ flush: 'always' })
    await appendSynced(log, { values: ['a'] })
    log.configure({ flush: 'interval' })
    await appendSynced(log, { values: ['b'] })
    expect([log.syncedEndOffset, log.readableEndOffset]).toEqual([1, 2])
    await log.close()
  })
})
