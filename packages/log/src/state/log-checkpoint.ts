import { crc32c } from '@yak/protocol'
import type { LogDisk } from '../disk/log-disk.ts'
import { damagedLog } from '../log-damage.ts'
import { isNotFound, joinPath } from '../storage.ts'
import { replaceFile } from './atomic-file.ts'

/** What a log must know at its next start and cannot read from its batches. */
export interface LogCheckpoint {
  readonly logStartOffset: number
  /** Base offset of the segment from which recovery scans; everything below has durable indexes and snapshots. */
  readonly recoveryPoint: number
  /** Everything below was confirmed by a sync, so damage below it is damage, and never a torn write. */
  readonly syncedEndOffset: number
  /** The rank by which logs are compared; −1: none entered. Never lowered. */
  readonly enteredEpoch: number
  readonly enteredStartOffset: number
  /** The log may not end below it: the last entered start offset, or what a truncation since then cut to. */
  readonly requiredEndOffset: number
  /** Wall clock when this was written, for noticing that it jumped. */
  readonly savedMs: number
  /** Wall clock when the active segment was made, for rolling by age. */
  readonly activeCreatedMs: number
  /** After a clean close: where the active segment ends. −1: not closed cleanly. */
  readonly cleanSizeBytes: number
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
 * The file `log-checkpoint`: two slots, written in turn, so that one of them is whole whatever happens to the other.
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
 */
export class LogCheckpointFile {
  readonly path: string
  readonly #disk: LogDisk
  #values: LogCheckpoint
  #sequence: number
  #saving: Promise<void> = Promise.resolve()

  private constructor(disk: LogDisk, path: string, values: LogCheckpoint, sequence: number) {
    this.#disk = disk
    this.path = path
    this.#values = values
    this.#sequence = sequence
  }

  /** Makes the file, durably with its name. */
  static async create(disk: LogDisk, folder: string, values: LogCheckpoint): Promise<LogCheckpointFile> {
    const path = joinPath(folder, CHECKPOINT_FILE_NAME)
    const checkpoint = new LogCheckpointFile(disk, path, values, 0)
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
    return new LogCheckpointFile(disk, path, newest.values, newest.sequence)
  }

  /** For a log whose checkpoint cannot be read: it stands for the file and must not be saved. */
  static unread(disk: LogDisk, folder: string, values: LogCheckpoint): LogCheckpointFile {
    return new LogCheckpointFile(disk, joinPath(folder, CHECKPOINT_FILE_NAME), values, 0)
  }

  get values(): LogCheckpoint {
    return this.#values
  }

  /** Changes values and makes them durable. Saves run one after another, each with all changes made before it. */
  async save(changes: Partial<LogCheckpoint>): Promise<void> {
    const saving = this.#saving.then(async () => {
      const values = { ...this.#values, cleanSizeBytes: -1, cleanEndOffset: -1, ...changes }
      const sequence = this.#sequence + 1
      const slot = encodeSlot(values, sequence)
      const position = (sequence % 2) * SLOT_STRIDE_BYTES
      await this.#disk.files.use(this.path, (file) => file.writeThrough([slot], position))
      this.#values = values
      this.#sequence = sequence
    })
    // A failed save stays a failure of its caller; the next one writes the same slot again.
    this.#saving = saving.catch(() => {})
    await saving
  }
}

/** What the file says; undefined when neither slot is whole. For tools: the log itself asks LogCheckpointFile. */
export function decodeLogCheckpoint(bytes: Buffer): LogCheckpoint | undefined {
  return newestSlot(bytes)?.values
}

interface CheckpointSlot {
  readonly values: LogCheckpoint
  readonly sequence: number
}

function newestSlot(bytes: Buffer): CheckpointSlot | undefined {
  return [0, SLOT_STRIDE_BYTES]
    .filter((position) => position + SLOT_BYTES <= bytes.length)
    .map((position) => decodeSlot(bytes.subarray(position, position + SLOT_BYTES)))
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

function decodeSlot(slot: Buffer): CheckpointSlot | undefined {
  if (slot.readUInt32BE(0) !== MAGIC) return undefined
  if (slot.readUInt32BE(CHECKSUM_POSITION) !== crc32c(slot.subarray(0, CHECKSUM_POSITION))) return undefined
  const values = Object.fromEntries(
    FIELDS.map((field, index) => [field, Number(slot.readBigInt64BE(16 + index * 8))]),
  ) as unknown as LogCheckpoint
  return { values, sequence: Number(slot.readBigInt64BE(8)) }
}
