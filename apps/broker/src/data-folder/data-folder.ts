import { randomUUID } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { writeFileDurably } from './durable-file.ts'
import { FolderLock } from './folder-lock.ts'
import { makeFolder } from './make-folder.ts'

/** Why a broker cannot start on a folder; the message says what to do. */
export class DataFolderError extends Error {
  override readonly name: string = 'DataFolderError'
}

/** Of the folder as a whole: what lies where, and in which form. */
const VERSION = 1

/** Written once, when the folder is made. */
interface FolderIdentity {
  readonly version: typeof VERSION
  readonly brokerId: string
  /** Tells this disk from another that is later put in its place. */
  readonly diskId: string
}

const identitySchema: z.ZodType<FolderIdentity> = z.strictObject({
  version: z.literal(VERSION),
  brokerId: z.string().min(1),
  diskId: z.uuid(),
})

/** What a later program wrote: nothing is damaged, whatever else stands there. */
const otherVersionSchema = z.looseObject({ version: z.int().refine((version) => version !== VERSION) })

/**
 * What lies where in a broker's data folder:
 *
 *     meta.json                  broker id and disk id; written once
 *     cluster.json, promise.json, entered-epochs.json, isr.json, incarnation.json, high-watermarks.json
 *                                what replication must not forget; see docs/replication.md
 *     lock                       held while a broker runs
 *     logs/__metadata-0/         the log of topics and producer ids
 *     logs/<topic id>-<n>/       one log for each partition
 *     damaged-logs/<…>/          logs set aside until a new copy is in sync
 *
 * A folder bears its topic's id, never its name, so that a deleted and recreated name cannot meet old files.
 */
export class DataFolder {
  readonly path: string
  readonly identity: FolderIdentity
  readonly #lock: FolderLock

  private constructor(path: string, identity: FolderIdentity, lock: FolderLock) {
    this.path = path
    this.identity = identity
    this.#lock = lock
  }

  /** Makes the folder on the first start, locks it, and checks that it is this broker's. Throws `DataFolderError`. */
  static async open(path: string, brokerId: string): Promise<DataFolder> {
    const folder = resolve(path)
    await makeFolder(join(folder, logsFolder)).catch((error) => {
      throw new DataFolderError(
        `The data folder ${folder} cannot be made: ${error.message}. Choose another --data-dir.`,
        {
          cause: error,
        },
      )
    })
    await assertLockIsThere(folder)
    const lock = lockOf(folder)
    if (lock === undefined) {
      throw new DataFolderError(
        `The data folder ${folder} is in use by another broker process. Stop that one, or choose another --data-dir.`,
      )
    }
    try {
      return new DataFolder(folder, await identityOf(folder, brokerId), lock)
    } catch (error) {
      lock.release()
      throw error instanceof DataFolderError ? error : unusable(folder, error)
    }
  }

  close(): void {
    this.#lock.release()
  }
}

/**
 * A folder that was used has its lock: it is made before meta.json, and no broker removes it. Where somebody did, another broker may run on
 * the folder still and hold the one that is gone; a new one would let this broker in beside it.
 */
async function assertLockIsThere(folder: string): Promise<void> {
  const lock = join(folder, 'lock')
  // In this order: another starter may just be making both.
  if ((await isThere(join(folder, 'meta.json'))) && !(await isThere(lock))) {
    throw new DataFolderError(
      `The data folder ${folder} was used before and has no file "lock" any more, so nothing tells whether another broker process is using it. ` +
        `Make sure that none runs on it; then make an empty one (touch ${lock}), and start again.`,
    )
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

function lockOf(folder: string): FolderLock | undefined {
  try {
    return FolderLock.acquire(folder)
  } catch (cause) {
    throw unusable(join(folder, 'lock'), cause)
  }
}

function unusable(path: string, cause: unknown): DataFolderError {
  const advice = 'Check its permissions and its disk, or choose another --data-dir.'
  return new DataFolderError(`${path} cannot be used: ${(cause as Error).message}. ${advice}`, { cause })
}

/** Where all logs lie, relative to the data folder. */
const logsFolder = 'logs'

async function identityOf(folder: string, brokerId: string): Promise<FolderIdentity> {
  const path = join(folder, 'meta.json')
  const text = await readIfPresent(path)
  if (text === undefined) {
    // Logs without an identity are somebody's data with a file missing, not a new folder.
    const logs = await readdir(join(folder, logsFolder))
    if (logs.length > 0) {
      throw new DataFolderError(
        `The data folder ${folder} holds logs and no meta.json. Restore meta.json from a backup, or choose another --data-dir.`,
      )
    }
    const identity: FolderIdentity = { version: VERSION, brokerId, diskId: randomUUID() }
    await writeFileDurably(path, `${JSON.stringify(identity, null, 2)}\n`)
    return identity
  }
  const identity = identityIn(path, text)
  if (identity.brokerId !== brokerId) {
    throw new DataFolderError(
      `The data folder ${folder} belongs to broker "${identity.brokerId}", and this is broker "${brokerId}". ` +
        `Start it with --id ${identity.brokerId}, or choose another --data-dir.`,
    )
  }
  return identity
}

function identityIn(path: string, text: string): FolderIdentity {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw damaged(path, error)
  }
  const { data: other } = otherVersionSchema.safeParse(json)
  if (other !== undefined) {
    throw new DataFolderError(
      `${path} is of version ${other.version}, and this program reads version ${VERSION}. ` +
        'Start the version of YAK that wrote it, or choose another --data-dir.',
    )
  }
  const { data: identity, error } = identitySchema.safeParse(json)
  if (identity === undefined) throw damaged(path, error)
  return identity
}

function damaged(path: string, cause: unknown): DataFolderError {
  return new DataFolderError(`${path} is damaged. Restore it from a backup, or choose another --data-dir.`, { cause })
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
