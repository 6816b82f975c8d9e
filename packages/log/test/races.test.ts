import { beforeEach, describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk } from '../src/index.ts'
import { ManualClock, MemoryStorage } from '../src/testing/index.ts'
import { appendSynced, values } from './batches.ts'

interface Held {
  /** Resolves when the call has come. */
  readonly reached: Promise<void>
  readonly release: () => void
}

/** Two of these make a segment of 1 KiB. */
const longValue = (name: string): string => name.padEnd(400, '.')

describe('a read beside a truncation', () => {
  let storage: MemoryStorage
  let holds: { readonly matches: (operation: string, path: string) => boolean; readonly wait: () => Promise<void> }[]
  const config: Partial<LogConfig> = { segmentBytes: 1_024, indexIntervalBytes: 0, preallocateBytes: 0 }
  const open = (): Promise<Log> =>
    Log.open({ disk: new LogDisk({ storage, clock: new ManualClock(), maxTailBytes: 1 }), folder: 'orders-1', config })

  /** The next call that fits waits until it is released. */
  function hold(operation: string, pathEnd: string): Held {
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    holds.push({
      matches: (called, path) => called === operation && path.endsWith(pathEnd),
      wait: () => {
        reached.resolve()
        return released.promise
      },
    })
    return { reached: reached.promise, release: released.resolve }
  }

  /** Six records in three segments, closed and opened again, so that nothing is in memory. */
  async function reopened(): Promise<Log> {
    const log = await open()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await appendSynced(log, { values: [longValue(name)] })
    expect(log.segmentCount).toBe(3)
    await log.close()
    return await open()
  }

  const namesIn = async (log: Log): Promise<string[]> => (await values(log)).map((value) => value.replace(/\.+$/, ''))

  beforeEach(() => {
    holds = []
    storage = new MemoryStorage({
      before: async (operation, path) => {
        const index = holds.findIndex(({ matches }) => matches(operation, path))
        if (index >= 0) await holds.splice(index, 1)[0]!.wait()
      },
    })
  })

  test('does not keep open a file that is removed, and nothing is written into that', async () => {
    const log = await reopened()
    const reading = hold('read', '02.index')
    const outcome = log.read({ offset: 3, maxBytes: 1_000 }).catch((error: unknown) => error)
    await reading.reached
    const removing = hold('removeFile', '02.log')
    const truncated = log.truncateTo(1, { leaderEpoch: 1 })
    await removing.reached
    const finding = hold('read', '02.log')
    reading.release()
    await finding.reached
    finding.release()
    await new Promise(setImmediate)
    removing.release()
    expect(await truncated).toBe(1)
    expect(await outcome).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })

    for (const name of ['B', 'C', 'D']) await appendSynced(log, { values: [longValue(name)] })
    storage.kill()
    const again = await open()
    expect(again.failure).toBeUndefined()
    expect(await namesIn(again)).toEqual(['a', 'B', 'C', 'D'])
  })

  test('that ends after it does not remember where it stopped', async () => {
    const log = await reopened()
    const reading = hold('read', '04.log')
    const read = log.read({ offset: 4, maxBytes: 1_000 })
    await reading.reached
    const cutting = hold('truncate', '04.log')
    const truncated = log.truncateTo(5, { leaderEpoch: 1 })
    await cutting.reached
    // Another read from a file comes first, under the new generation; then the old one finds what is about to be cut.
    await log.read({ offset: 0, maxBytes: 1 })
    reading.release()
    expect((await read).nextOffset).toBe(5)
    cutting.release()
    expect(await truncated).toBe(5)

    // The last one takes the others out of memory.
    for (const value of ['F', 'G', 'H'.repeat(20_000)]) await appendSynced(log, { values: [value] })
    expect((await log.read({ offset: 6, maxBytes: 1 })).nextOffset).toBe(7)
    expect(log.failure).toBeUndefined()
  })
})
