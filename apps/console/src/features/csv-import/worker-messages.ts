import type { Waiting } from '../../data/produce/settle-batches.ts'
import type { CheckResult } from './check-rows.ts'
import type { CsvFormat } from './csv-format.ts'
import type { SplitRow } from './csv-splitter.ts'
import type { FileIdentity } from './file-identity.ts'
import type { ImportJob } from './import-job.ts'
import type { Mapping } from './mapping.ts'
import type { ColumnProfile } from './profile-columns.ts'

/** What the page asks its worker. One task at a time; a new one ends the one before, except a running import. */
export type Task =
  | { readonly type: 'preview'; readonly file: File; readonly format: CsvFormat | null }
  | { readonly type: 'profile'; readonly file: File; readonly format: CsvFormat }
  | {
      readonly type: 'check'
      readonly file: File
      readonly format: CsvFormat
      readonly mapping: Mapping
      readonly partitionCount: number
    }

export interface Preview {
  readonly format: CsvFormat
  readonly identity: FileIdentity
  readonly headers: readonly string[]
  /** The first rows below the header. */
  readonly rows: readonly SplitRow[]
  /** About how many rows the file has, from the length of the first; exact for a small file. */
  readonly rowEstimate: number
  readonly isExact: boolean
  readonly warnings: readonly { readonly field: 'encoding' | 'delimiter' | 'header'; readonly text: string }[]
}

export interface Profile {
  readonly columns: readonly ColumnProfile[]
  readonly rowCount: number
}

export interface TaskResults {
  readonly preview: Preview
  readonly profile: Profile
  readonly check: CheckResult
}

export interface PeerList {
  readonly peers: readonly { readonly id: string | null; readonly url: string }[]
  readonly token: string
}

export type ToWorker =
  | { readonly type: 'task'; readonly id: number; readonly task: Task }
  | { readonly type: 'run'; readonly job: ImportJob; readonly file: File }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'cancel' }
  | ({ readonly type: 'peers' } & PeerList)

export type FromWorker =
  | { readonly type: 'progress'; readonly id: number; readonly bytesRead: number; readonly rowCount: number }
  | { readonly type: 'result'; readonly id: number; readonly result: Preview | Profile | CheckResult }
  | { readonly type: 'failed'; readonly id: number; readonly text: string; readonly field: FaultField }
  | {
      readonly type: 'job'
      readonly job: ImportJob
      readonly waiting: Waiting | null
      readonly isPaused: boolean
      readonly isRunning: boolean
    }

/** Which control a fault of the file belongs to; `reading`: none, and another try may go better. */
export type FaultField = 'reading' | 'file' | 'encoding' | 'delimiter' | 'header'
