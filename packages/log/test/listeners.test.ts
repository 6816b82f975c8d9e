import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** What a program prints in which handlers throw; vitest would take an uncaught exception of its own process for a failure. */
async function printed(program: string): Promise<string> {
  const text = `
    import { checkRecordBatch, encodeRecordBatch } from '@yak/protocol'
    import { Log, LogDisk } from '@yak/log'
    import { ManualClock, MemoryStorage } from '@yak/log/testing'
    const uncaught = []
    process.on('uncaughtException', ({ message }) => uncaught.push(message))
    const storage = new MemoryStorage()
    const disk = new LogDisk({ storage, clock: new ManualClock() })
    const [one, two] = await Promise.all(['one', 'two'].map((folder) => Log.open({ disk, folder })))
    const append = async (log) => {
      const batch = encodeRecordBatch([{ key: null, value: 'a', timestamp: 0 }])
      await log.appendAsLeader(batch, checkRecordBatch(batch), 1).synced
    }
    const bug = () => { throw new Error('a bug in the program') }
    ${program}
    await new Promise(setImmediate)
    console.log(uncaught.join())
    process.exit()`
  const flags = ['--conditions=@yak/source', '--input-type=module', '--eval', text]
  const cwd = join(import.meta.dirname, '..')
  // A commit that never comes would leave nothing to wait for, and the process would end without a word.
  return (await promisify(execFile)(process.execPath, flags, { cwd })).stdout
}

test('a handler of onSynced that throws is an uncaught exception and no failure of the disk', async () => {
  const output = await printed(`
    const heard = []
    one.onSynced(bug)
    one.onSynced((endOffset) => heard.push(endOffset))
    await append(one)
    console.log(one.failure, heard.join())`)
  expect(output).toBe('undefined 1\na bug in the program\n')
})

test('a handler of onFailure that throws holds up no commit of the other logs', async () => {
  const output = await printed(`
    const heard = []
    one.onFailure(bug)
    one.onFailure(({ code }) => heard.push(code))
    storage.failNext({ operation: 'sync', pathEnd: 'one/00000000000000000000.log', code: 'EIO' })
    await append(one).catch(({ code }) => heard.push(code))
    await append(two)
    console.log(heard.join(), two.syncedEndOffset)`)
  expect(output).toBe('STORAGE_ERROR,STORAGE_ERROR 1\na bug in the program\n')
})
