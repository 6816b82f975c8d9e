import type { Output } from '../terminal/output.ts'
import type { ReadableFile } from './readable-file.ts'

/** What a dump of one kind of file gets. */
export interface DumpOptions {
  /** As the user named it. */
  readonly path: string
  readonly file: ReadableFile
  /** From the file's name; 0 where it has none. */
  readonly baseOffset: number
  /** Print each record of each batch too. */
  readonly records: boolean
  readonly output: Output
}

/** Prints what the file says; resolves to what is wrong with it, one sentence each. */
export type Dump = (options: DumpOptions) => Promise<readonly string[]>
