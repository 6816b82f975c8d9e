import { spawn } from 'node:child_process'
import path from 'node:path'
import { recordBatches, verifyRecordBatchChecksum } from '@yak/protocol'
import { expect, test } from 'vitest'
import { Log, LogDisk, NodeStorage } from '../../src/index.ts'
import { seededRandom } from '../../src/testing/index.ts'
import { batchOf, readBytes, recordsOf } from '../batches.ts'
import { temporaryFolder } from '../storages.ts'
import { CRASH_CONFIG, CRASH_FOLDER } from './crash-config.ts'

const CRASHES = Number(process.env.YAK_LOG_CRASHES ?? 100)
const LANES = 2
const CRASHES_PER_LOG = 10

interface Acknowledged {
  readonly baseOffset: number
  readonly producer: number
  readonly baseSequence: number
  readonly count: number
  readonly paddingLength: number
}

interface Life {
  readonly root: string
  readonly compileCache: string
  readonly producer: number
  readonly seed: number
  readonly lifeMs: number
}

/** Lets a process append, kills it after `lifeMs`, and answers what it had acknowledged. */
async function appendUntilKilled({ root, compileCache, producer, seed, lifeMs }: Life): Promise<Acknowledged[]> {
  const child = spawn(
    process.execPath,
    ['--conditions=@yak/source', path.join(import.meta.dirname, 'appender.ts'), root, String(producer), String(seed)],
    // A hundred processes read the same sources.
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: compileCache } },
  )
  let output = ''
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString()
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on('close', (_, signal) => resolve(signal))
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), lifeMs)
    output += chunk.toString()
  })
  expect(await ended, complaints).toBe('SIGKILL')
  // What follows the last line break is a line that the kill cut short.
  const lines = output.split('\n').slice(1, -1)
  return lines.map((line) => {
    const [baseOffset, baseSequence, count, paddingLength] = line.split(' ').map(Number)
    return {
      baseOffset: baseOffset!,
      producer,
      baseSequence: baseSequence!,
      count: count!,
      paddingLength: paddingLength!,
    }
  })
}

async function check(root: string, acknowledged: readonly Acknowledged[], closeCleanly: boolean): Promise<number> {
  const disk = new LogDisk({ storage: new NodeStorage(root) })
  const log = await Log.open({ disk, folder: CRASH_FOLDER, config: CRASH_CONFIG })
  expect(log.failure).toBeUndefined()

  const bytes = await readBytes(log, 0, 1_000_000)
  for (const { position } of recordBatches(bytes)) expect(verifyRecordBatchChecksum(bytes, position)).toBe(true)
  const records = recordsOf(bytes)
  expect(records.map(({ offset }) => offset)).toEqual(records.map((_, index) => index))
  const names = records.map(({ value }) => value.split(' ', 1)[0])
  expect(new Set(names).size, 'a value is there twice').toBe(names.length)
  for (const { baseOffset, producer, baseSequence, count, paddingLength } of acknowledged) {
    for (let index = 0; index < count; index++) {
      const value = records[baseOffset + index]?.value
      expect(value?.startsWith(`${producer}.${baseSequence + index} `), `offset ${baseOffset + index}`).toBe(true)
      expect(value?.length).toBe(`${producer}.${baseSequence + index} `.length + paddingLength)
    }
  }
  expectRetryIsKnown(log, acknowledged.at(-1))
  if (closeCleanly) await log.close()
  else await disk.files.forgetFolder(CRASH_FOLDER)
  return records.length
}

function expectRetryIsKnown(log: Log, last: Acknowledged | undefined): void {
  if (last === undefined) return
  const { producer, baseSequence, count, paddingLength, baseOffset } = last
  const padding = 'x'.repeat(paddingLength)
  const values = Array.from({ length: count }, (_, index) => `${producer}.${baseSequence + index} ${padding}`)
  const { bytes, header } = batchOf({ values, producerId: producer, baseSequence })
  try {
    expect(log.appendAsLeader(bytes, header, 1)).toMatchObject({ duplicate: true, baseOffset })
  } catch (error) {
    // More than five batches behind the last acknowledged one had reached the disk.
    expect(error).toMatchObject({ code: 'DUPLICATE_SEQUENCE' })
  }
}

test(`a process killed in mid-append ${CRASHES} times loses nothing that it acknowledged`, {
  timeout: 240_000,
}, async () => {
  const compileCache = await temporaryFolder()
  let acknowledgedCount = 0
  const lane = async (number: number): Promise<void> => {
    const random = seededRandom(number + 1)
    let root = ''
    let acknowledged: Acknowledged[] = []
    for (let crash = 0; crash < CRASHES / LANES; crash++) {
      if (crash % CRASHES_PER_LOG === 0) {
        root = await temporaryFolder()
        acknowledged = []
      }
      const seed = Math.floor(random() * 1_000_000)
      acknowledged.push(
        ...(await appendUntilKilled({ root, compileCache, producer: crash, seed, lifeMs: random() * 60 })),
      )
      await check(root, acknowledged, random() < 0.5)
    }
    acknowledgedCount += acknowledged.length
  }
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)))
  expect(acknowledgedCount).toBeGreaterThan(0)
})
