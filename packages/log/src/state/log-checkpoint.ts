import { crc32c } from '@yak/protocol'
import type { LogDisk } from '../disk/log-disk.ts'
import { damagedLog } from '../log-damage.ts'
import { isNotFound, joinPath, type StorageFile } from '../storage.ts'
import { replaceFile } from './atomic-file.ts'

/** What a log must know at its next start and cannot read from its batches. */
export interface LogCheckpoint {
  /** The first offset that can be read. */
  readonly logStartOffset: number
  /** Base offset of the segment from which recovery scans; everything below has durable indexes and snapshots. */
  readonly recoveryPoint: number
  /** Everything below was confirmed by a sync, so damage below it is damage, and never a torn write. */
  readonly syncedEndOffset: number
  /** The rank by which logs are compared; −1: none entered. Never lowered. */
  readonly enteredEpoch: number
  /** Where the leader of `enteredEpoch` began; −1: none entered. */
  readonly enteredStartOffset: number
  /** The log may not end below it: the last entered start offset, or what a truncation since then cut to. */
  readonly requiredEndOffset: number
  /** Wall clock when this was written, for noticing that it jumped. */
  readonly savedMs: number
  /** Wall clock when the active segment was made, for rolling by age. */
  readonly activeCreatedMs: number
  /** After a clean close: where the active segment ends. −1: not closed cleanly. */
  readonly cleanSizeBytes: number
  /** After a clean close: the log's end. −1: not closed cleanly. */
  readonly cleanEndOffset: number
  /** 1 while the log is being begun anew at `logStartOffset`: files of the old one may still be there. */
  readonly resetting: number
}

/** Of a log that begins at `logStartOffset` and is empty. */
export function newCheckpoint(logStartOffset: number, nowMs: number): LogCheckpoint {
  return {
    logStartOffset,
    recoveryPoint: logStartOffset,
    syncedEndOffset: logStartOffset,
    enteredEpoch: -1,
    enteredStartOffset: -1,
    requiredEndOffset: 0,
    savedMs: nowMs,
    activeCreatedMs: nowMs,
    cleanSizeBytes: -1,
    cleanEndOffset: -1,
    resetting: 0,
  }
}

/** The file of a log's folder that holds its `LogCheckpoint`. */
export const CHECKPOINT_FILE_NAME = 'log-checkpoint'

const MAGIC = 0x59414b31 // "YAK1"
const SLOT_BYTES = 128
/** The slots lie in different blocks, so that no torn write can reach both. */
const SLOT_STRIDE_BYTES = 4096
const FILE_BYTES = 2 * SLOT_STRIDE_BYTES
const CHECKSUM_POSITION = SLOT_BYTES - 4
const FIELDS = [
  'logStartOffset',
  'recoveryPoint',
  'syncedEndOffset',
  'enteredEpoch',
  'enteredStartOffset',
  'requiredEndOffset',
  'savedMs',
  'activeCreatedMs',
  'cleanSizeBytes',
  'cleanEndOffset',
  'resetting',
] as const satisfies readonly (keyof LogCheckpoint)[]

/**
 * The file `log-checkpoint`: two slots, one of which is always whole and durable. Only the other one is written, and they change
 * their parts when a sync confirmed it.
 *
 *     log-checkpoint = slot zeros:3968 bytes slot zeros:3968 bytes
 *     slot           = magic:u32("YAK1") reserved:u32(0) sequence:i64
 *                      logStartOffset:i64 recoveryPoint:i64 syncedEndOffset:i64
 *                      enteredEpoch:i64 enteredStartOffset:i64 requiredEndOffset:i64
 *                      savedMs:i64 activeCreatedMs:i64 cleanSizeBytes:i64 cleanEndOffset:i64
 *                      resetting:i64 zeros:20 bytes crc:u32                 CRC-32C of the 124 bytes before it
 *
 * The valid slot with the higher sequence counts. It is written in place, into blocks that exist, so saving it can neither
 * run out of space nor needs the file system's journal.
 *
 *     save    write and sync: a promise to others may rest on it
 *     write   no sync: it outlives the process, and a power cut may take it until `sync`
 */
export class LogCheckpointFile {
  readonly path: string
  readonly #disk: LogDisk
  #values: LogCheckpoint
  #sequence: number
  /** Where `#values` lie. */
  #slot: number
  /** The slot that a power cut leaves as it is; −1: not known, because a process that was killed wrote the newest one. */
  #durableSlot: number
  /** A write into the slot of `#values` failed half-way: they lie nowhere until it is written again. */
  #isTorn = false
  #lastChange: Promise<void> = Promise.resolve()

  private constructor(disk: LogDisk, path: string, newest: CheckpointSlot, durableSlot: number) {
    this.#disk = disk
    this.path = path
    this.#values = newest.values
    this.#sequence = newest.sequence
    this.#slot = newest.slot
    this.#durableSlot = durableSlot
  }

  /** Makes the file, durably with its name. */
  static async create(disk: LogDisk, folder: string, values: LogCheckpoint): Promise<LogCheckpointFile> {
    const path = joinPath(folder, CHECKPOINT_FILE_NAME)
    const checkpoint = new LogCheckpointFile(disk, path, { values, sequence: 0, slot: 0 }, 0)
    const bytes = Buffer.alloc(FILE_BYTES)
    encodeSlot(values, 0).copy(bytes, 0)
    await replaceFile(disk, path, bytes)
    await disk.storage.syncFolder(folder)
    return checkpoint
  }

  /** @returns undefined when there is no such file. @throws YakError LOG_DAMAGED when neither slot is whole. */
  static async open(disk: LogDisk, folder: string): Promise<LogCheckpointFile | undefined> {
    const path = joinPath(folder, CHECKPOINT_FILE_NAME)
    const bytes = Buffer.alloc(FILE_BYTES)
    try {
      await disk.files.use(path, (file) => file.read(bytes, 0))
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
    const newest = newestSlot(bytes)
    // Without it nobody knows what the log had promised, so it must not vote, lead or follow.
    if (newest === undefined) throw damagedLog(folder, path, 0, 'has no slot that matches its checksum')
    return new LogCheckpointFile(disk, path, newest, -1)
  }

  /** For a log whose checkpoint cannot be read: it stands for the file and must not be saved. */
  static unread(disk: LogDisk, folder: string, values: LogCheckpoint): LogCheckpointFile {
    const path = joinPath(folder, CHECKPOINT_FILE_NAME)
    return new LogCheckpointFile(disk, path, { values, sequence: 0, slot: 0 }, 0)
  }

  get values(): LogCheckpoint {
    return this.#values
  }

  /** Changes values and makes them durable. Changes are made one after another, each on top of all before it. */
  async save(changes: Partial<LogCheckpoint>): Promise<void> {
    await this.#inTurn(async () => {
      await this.#put(changes, (file, slot, position) => file.writeThrough([slot], position))
      this.#durableSlot = this.#slot
    })
  }

  /** Changes values for whoever opens the log when this process is gone; durable with the next `sync` or `save`. */
  async write(changes: Partial<LogCheckpoint>): Promise<void> {
    await this.#inTurn(() => this.#put(changes, (file, slot, position) => file.write([slot], position)))
  }

  /** Makes durable what was written. */
  async sync(): Promise<void> {
    await this.#inTurn(() => this.#sync())
  }

  async #put(
    changes: Partial<LogCheckpoint>,
    write: (file: StorageFile, slot: Buffer, position: number) => Promise<void>,
  ): Promise<void> {
    if (this.#durableSlot < 0) await this.#sync()
    const values = { ...this.#values, cleanSizeBytes: -1, cleanEndOffset: -1, ...changes }
    const sequence = this.#sequence + 1
    const slot = 1 - this.#durableSlot
    const bytes = encodeSlot(values, sequence)
    try {
      await this.#disk.files.use(this.path, (file) => write(file, bytes, slot * SLOT_STRIDE_BYTES))
    } catch (error) {
      this.#isTorn ||= slot === this.#slot
      throw error
    }
    this.#isTorn = false
    this.#values = values
    this.#sequence = sequence
    this.#slot = slot
  }

  async #sync(): Promise<void> {
    if (this.#durableSlot === this.#slot) return
    const position = this.#slot * SLOT_STRIDE_BYTES
    await this.#disk.files.use(this.path, async (file) => {
      if (this.#isTorn) await file.write([encodeSlot(this.#values, this.#sequence)], position)
      this.#isTorn = false
      await file.sync()
    })
    this.#durableSlot = this.#slot
  }

  /** A failed change stays a failure of its caller; the next one writes the same slot again. */
  async #inTurn(change: () => Promise<void>): Promise<void> {
    const changing = this.#lastChange.then(change)
    this.#lastChange = changing.catch(() => {})
    await changing
  }
}

/** What the file says; undefined when neither slot is whole. For tools: the log itself asks LogCheckpointFile. */
export function decodeLogCheckpoint(bytes: Buffer): LogCheckpoint | undefined {
  return newestSlot(bytes)?.values
}

interface CheckpointSlot {
  readonly values: LogCheckpoint
  readonly sequence: number
  /** 0 or 1. */
  readonly slot: number
}

function newestSlot(bytes: Buffer): CheckpointSlot | undefined {
  return [0, 1]
    .filter((slot) => slot * SLOT_STRIDE_BYTES + SLOT_BYTES <= bytes.length)
    .map((slot) => decodeSlot(bytes, slot))
    .reduce((best, slot) => ((slot?.sequence ?? -1) > (best?.sequence ?? -1) ? slot : best), undefined)
}

function encodeSlot(values: LogCheckpoint, sequence: number): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES)
  slot.writeUInt32BE(MAGIC, 0)
  slot.writeBigInt64BE(BigInt(sequence), 8)
  for (const [index, field] of FIELDS.entries()) {
    slot.writeBigInt64BE(BigInt(Math.trunc(values[field])), 16 + index * 8)
  }
  slot.writeUInt32BE(crc32c(slot.subarray(0, CHECKSUM_POSITION)), CHECKSUM_POSITION)
  return slot
}

function decodeSlot(file: Buffer, number: number): CheckpointSlot | undefined {
  const slot = file.subarray(number * SLOT_STRIDE_BYTES, number * SLOT_STRIDE_BYTES + SLOT_BYTES)
  if (slot.readUInt32BE(0) !== MAGIC) return undefined
  if (slot.readUInt32BE(CHECKSUM_POSITION) !== crc32c(slot.subarray(0, CHECKSUM_POSITION))) return undefined
  const values = Object.fromEntries(
    FIELDS.map((field, index) => [field, Number(slot.readBigInt64BE(16 + index * 8))]),
  ) as unknown as LogCheckpoint
  return { values, sequence: Number(slot.readBigInt64BE(8)), slot: number }
}
