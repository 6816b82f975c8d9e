import { YakError } from '@yak/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Log, type LogConfig, LogDisk } from '../src/index.ts'
import { ManualClock, MemoryStorage, seededRandom } from '../src/testing/index.ts'
import { append, batchOf, readBytes, recordsOf } from './batches.ts'
import { ProcessStorage } from './process-storage.ts'

const CONFIG: Partial<LogConfig> = {
  segmentBytes: 4_096,
  indexIntervalBytes: 256,
  preallocateBytes: 2_048,
  maxGroupBytes: 3_000,
  retentionMs: -1,
  maxPendingBytes: 1_000_000,
}

type Step =
  | { readonly kind: 'append'; readonly count: number; readonly bytes: number; readonly producer: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'newEpoch' }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'kill'; readonly after: number }
  | { readonly kind: 'cutPower'; readonly after: number }
  | { readonly kind: 'truncate'; readonly part: number }
  | { readonly kind: 'raiseStart'; readonly part: number }
  | { readonly kind: 'startAnew'; readonly ahead: number }
  | { readonly kind: 'diskFull'; readonly writtenBytes: number }
  | { readonly kind: 'enterEpoch' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      count: fc.integer({ min: 1, max: 4 }),
      bytes: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 2_000 })),
      producer: fc.integer({ min: -1, max: 2 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'newEpoch' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), after: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cutPower' as const), after: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), part: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('raiseStart' as const), part: fc.nat(100) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('startAnew' as const), ahead: fc.integer({ min: -5, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('diskFull' as const), writtenBytes: fc.nat(500) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'enterEpoch' as const }) },
)

interface ModelBatch {
  readonly baseOffset: number
  readonly values: readonly string[]
  readonly epoch: number
  readonly producer: number
  readonly baseSequence: number
  /** Its `synced` resolved. */
  done: boolean
  /** Its `synced` rejected as not written. */
  refused: boolean
}

/** A log on a disk that fails, beside the plain list of what must be in it. */
class Model {
  readonly storage: MemoryStorage
  readonly clock = new ManualClock()
  readonly #random: () => number
  readonly #config: Partial<LogConfig>
  #crashAfter: number | undefined
  #isPowerCut = false
  #process!: ProcessStorage
  log!: Log
  batches: ModelBatch[] = []
  startOffset = 0
  epoch = 1
  /** The end that was synced when the log was last looked at. */
  syncedEnd = 0
  counter = 0
  /** The next sequence of each producer. */
  sequences = [0, 0, 0]
  waiting: Promise<unknown>[] = []

  constructor(seed: number, config: Partial<LogConfig>) {
    this.#random = seededRandom(seed)
    this.#config = config
    // The first open may be cut short too.
    if (this.#random() < 0.3) this.#crashAfter = Math.floor(this.#random() * 12)
    this.#isPowerCut = this.#random() < 0.5
    this.storage = new MemoryStorage({
      before: async () => {
        if (this.#crashAfter === undefined || this.#crashAfter-- > 0) return
        this.#crashAfter = undefined
        this.#crash()
      },
    })
  }

  async open(): Promise<void> {
    for (;;) {
      this.#process = new ProcessStorage(this.storage)
      const disk = new LogDisk({ storage: this.#process, clock: this.clock, maxOpenFiles: 3, maxTailBytes: 50_000 })
      try {
        this.log = await Log.open({ disk, folder: 'log', config: this.#config })
        this.#crashAfter = undefined
        expect(this.log.failure).toBeUndefined()
        return
      } catch (error) {
        // The crash that was to come came while the log was being opened.
        if (!this.hasCrashed(error)) throw error
      }
    }
  }

  hasCrashed(error: unknown): boolean {
    return (YakError.is(error, 'STORAGE_ERROR') && String(error).includes('EBADF')) || String(error).includes('is dead')
  }

  async crashAfter(operations: number, isPowerCut: boolean): Promise<void> {
    this.#isPowerCut = isPowerCut
    this.#crashAfter = operations
    // Enough work for the crash to come in the middle of it, if it comes at all.
    for (let index = 0; index < 3 && this.#crashAfter !== undefined; index++) this.append(2, 300, index)
    await this.log.flush().catch(() => {})
    await this.settle()
    this.clock.advance(200)
    await this.settle()
    if (this.#crashAfter !== undefined) {
      this.#crashAfter = undefined
      this.#crash()
    }
    await this.log.close().catch(() => {})
    await this.settle()
    await this.open()
    await this.reconcile()
  }

  #crash(): void {
    if (this.log?.failure === undefined) this.syncedEnd = this.log?.syncedEndOffset ?? 0
    this.#process.die()
    if (this.#isPowerCut) this.storage.cutPower(this.#random)
    else this.storage.kill()
  }

  append(count: number, bytes: number, producer: number): void {
    const values = Array.from({ length: count }, () => `${this.counter++}:`.padEnd(bytes, 'x'))
    const baseSequence = producer < 0 ? -1 : this.sequences[producer]!
    const options = { values, epoch: this.epoch, ...(producer < 0 ? {} : { producerId: producer, baseSequence }) }
    let appended: ReturnType<typeof append>
    try {
      appended = append(this.log, options)
    } catch (error) {
      expect(YakError.is(error)).toBe(true)
      expect(['DISK_FULL', 'STORAGE_ERROR', 'UNKNOWN_PRODUCER_ID', 'SHUTTING_DOWN']).toContain((error as YakError).code)
      return
    }
    expect(appended.duplicate).toBe(false)
    if (producer >= 0) this.sequences[producer]! += count
    const batch: ModelBatch = {
      baseOffset: appended.baseOffset,
      values,
      epoch: this.epoch,
      producer,
      baseSequence,
      done: false,
      refused: false,
    }
    this.batches.push(batch)
    this.waiting.push(
      appended.synced.then(
        () => {
          batch.done = true
        },
        (error: YakError) => {
          batch.refused = error.code === 'DISK_FULL'
        },
      ),
    )
  }

  async settle(): Promise<void> {
    await Promise.allSettled(this.waiting)
    this.waiting = []
    for (const refused of this.batches.filter((batch) => batch.refused)) this.#forget(refused)
  }

  #forget(batch: ModelBatch): void {
    this.batches = this.batches.filter((other) => other !== batch)
    if (batch.producer >= 0) {
      this.sequences[batch.producer] = Math.min(this.sequences[batch.producer]!, batch.baseSequence)
    }
  }

  /** After a crash: the log holds the beginning of what was appended, and all that was done. */
  async reconcile(): Promise<void> {
    const end = this.log.logEndOffset
    for (const lost of this.batches.filter(({ baseOffset }) => baseOffset >= end)) {
      if (this.#config.flush === 'interval' && this.#isPowerCut)
        expect(lost.baseOffset).toBeGreaterThanOrEqual(this.syncedEnd)
      else expect(lost.done, `offset ${lost.baseOffset} was done and is gone`).toBe(false)
    }
    this.cutTo(end)
    for (const batch of this.batches) batch.done = true
    await this.check()
  }

  cutTo(end: number): void {
    for (const lost of this.batches.filter(({ baseOffset }) => baseOffset >= end).toReversed()) this.#forget(lost)
  }

  async check(): Promise<void> {
    const kept = this.batches.filter(({ baseOffset, values }) => baseOffset + values.length > this.log.logStartOffset)
    expect(this.log.logStartOffset).toBe(this.startOffset)
    const first = kept[0]?.baseOffset ?? this.startOffset
    const records = recordsOf(await readBytes(this.log))
    expect(records.map(({ offset, value, epoch }) => `${offset} ${epoch} ${short(value)}`)).toEqual(
      kept.flatMap(({ baseOffset, values, epoch }) =>
        values.map((value, index) => `${baseOffset + index} ${epoch} ${short(value)}`),
      ),
    )
    if (records.length > 0) expect(records[0]!.offset).toBe(first)
    this.#checkEpochs(kept)
    this.#checkProducers()
  }

  #checkEpochs(kept: readonly ModelBatch[]): void {
    const expected: { epoch: number; startOffset: number }[] = []
    for (const { epoch, baseOffset } of kept) {
      if (expected.at(-1)?.epoch !== epoch)
        expected.push({ epoch, startOffset: Math.max(baseOffset, this.startOffset) })
    }
    const actual = this.log.epochs.filter(({ startOffset }) => startOffset < this.log.logEndOffset)
    expect(actual.slice(-expected.length || actual.length)).toEqual(expected)
  }

  /** A retry of each of the last five batches of each producer is known, at its offset. */
  #checkProducers(): void {
    if (this.log.readableEndOffset !== this.log.logEndOffset) return
    for (const producer of [0, 1, 2]) {
      const own = this.batches.filter((batch) => batch.producer === producer)
      for (const { values, baseSequence, baseOffset } of own.slice(-5)) {
        const { bytes, header } = batchOf({ values, producerId: producer, baseSequence })
        const again = this.log.appendAsLeader(bytes, header, this.epoch)
        expect(again).toMatchObject({ duplicate: true, baseOffset })
      }
    }
  }
}

function short(value: string): string {
  return `${value.split(':', 1)[0]}:${value.length}`
}

async function run(steps: readonly Step[], seed: number, config: Partial<LogConfig>): Promise<void> {
  const model = new Model(seed, config)
  await model.open()
  for (const next of steps) {
    const { log } = model
    switch (next.kind) {
      case 'append':
        model.append(next.count, next.bytes, next.producer)
        break
      case 'flush':
        await log.flush().catch(() => {})
        await model.settle()
        await model.check()
        break
      case 'newEpoch':
        model.epoch++
        break
      case 'advance':
        model.clock.advance(next.ms)
        break
      case 'reopen':
        await log.close()
        await model.settle()
        await model.open()
        expect(model.log.recovery.clean).toBe(true)
        await model.reconcile()
        break
      case 'kill':
        await model.crashAfter(next.after, false)
        break
      case 'cutPower':
        await model.crashAfter(next.after, true)
        break
      case 'truncate': {
        await log.flush()
        await model.settle()
        const { logStartOffset, logEndOffset } = log
        const offset = logStartOffset + Math.floor(((logEndOffset - logStartOffset) * next.part) / 100)
        const end = await log.truncateTo(offset, { leaderEpoch: model.epoch })
        expect(end).toBeLessThanOrEqual(offset)
        for (const { baseOffset, values } of model.batches) {
          if (baseOffset + values.length > offset) expect(baseOffset).toBeGreaterThanOrEqual(end)
        }
        model.cutTo(end)
        model.startOffset = log.logStartOffset
        expect(log.logStartOffset).toBeLessThanOrEqual(logStartOffset)
        await model.check()
        break
      }
      case 'raiseStart': {
        await log.flush()
        await model.settle()
        const offset = log.logStartOffset + Math.floor(((log.logEndOffset - log.logStartOffset) * next.part) / 100)
        await log.raiseLogStart(offset)
        model.startOffset = offset
        await model.check()
        break
      }
      case 'startAnew': {
        await log.flush()
        await model.settle()
        const offset = Math.max(0, log.logEndOffset + next.ahead)
        await log.truncateFullyAndStartAt(offset, { leaderEpoch: model.epoch })
        model.batches = []
        model.sequences = [0, 0, 0]
        model.startOffset = offset
        await model.check()
        break
      }
      case 'diskFull':
        await log.flush()
        model.storage.failNext({ operation: 'write', pathEnd: '.log', code: 'ENOSPC', writtenBytes: next.writtenBytes })
        model.append(3, 400, 0)
        model.append(1, 10, 1)
        await model.settle()
        model.storage.clearFaults()
        await log.flush()
        await model.settle()
        await model.check()
        break
      case 'enterEpoch':
        await log.flush()
        await log.enterEpoch(model.epoch, log.syncedEndOffset)
        break
    }
  }
  await model.log.flush()
  await model.settle()
  await model.check()
  await model.log.close()
}

describe('a log on a disk that fails holds what it must, and nothing else', () => {
  const runs = { numRuns: Number(process.env.YAK_LOG_RUNS ?? 150) }
  for (const flush of ['always', 'interval'] as const) {
    test(`flush: ${flush}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, seed) =>
          run(steps, seed, { ...CONFIG, flush }),
        ),
        runs,
      )
    })
  }
})
