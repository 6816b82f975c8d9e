import { type FileHandle, open } from 'node:fs/promises'
import { UnreadableFile } from '../sources/unreadable-file.ts'

/** A file opened for reading only: a dump never changes what it looks at, and a running broker may own the file. */
export class ReadableFile {
  readonly #handle: FileHandle

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Throws the system's error, and `UnreadableFile` for a folder. */
  static async open(path: string): Promise<ReadableFile> {
    const handle = await open(path, 'r')
    if ((await handle.stat()).isDirectory()) {
      await handle.close()
      throw new UnreadableFile(`${path} is a folder. Name one file.`, 'EISDIR')
    }
    return new ReadableFile(handle)
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  /** Fills `target` from `position` on; answers how many bytes there were. */
  async read(target: Uint8Array, position: number): Promise<number> {
    let count = 0
    while (count < target.length) {
      const { bytesRead } = await this.#handle.read(target, count, target.length - count, position + count)
      if (bytesRead === 0) break
      count += bytesRead
    }
    return count
  }

  async readAll(): Promise<Buffer> {
    const bytes = Buffer.alloc(await this.sizeBytes())
    return bytes.subarray(0, await this.read(bytes, 0))
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
