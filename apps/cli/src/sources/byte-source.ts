import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { UnreadableFile } from './unreadable-file.ts'

/** Bytes to read once, pulled: nothing is read ahead of the consumer but a chunk or two. */
export interface ByteSource {
  /** As the user named it, for messages. */
  readonly name: string
  /** Undefined where it cannot be known: a pipe. */
  readonly sizeBytes: number | undefined
  readonly chunks: AsyncIterable<Uint8Array>
  /** Ends `chunks` soon, wherever it stands; the last chunk may break off in the middle of a row. */
  stop(): void
}

const chunkBytes = 262_144

/** `-` is standard input. Throws `UnreadableFile`. */
export async function openByteSource(path: string, standardInput: Readable): Promise<ByteSource> {
  if (path === '-') return new StreamSource('standard input', undefined, standardInput)
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UnreadableFile(
      error.code === 'ENOENT'
        ? `There is no file ${path}, looked from ${process.cwd()}. Correct the path.`
        : `${path} cannot be read: ${error.message}.`,
      error.code ?? 'EIO',
    )
  })
  if (found.isDirectory()) throw new UnreadableFile(`${path} is a folder. Name one file.`, 'EISDIR')
  const sizeBytes = found.isFile() ? found.size : undefined
  return new StreamSource(path, sizeBytes, createReadStream(path, { highWaterMark: chunkBytes }))
}

class StreamSource implements ByteSource {
  readonly name: string
  readonly sizeBytes: number | undefined
  readonly #stream: Readable
  #stopped = false

  constructor(name: string, sizeBytes: number | undefined, stream: Readable) {
    this.name = name
    this.sizeBytes = sizeBytes
    this.#stream = stream
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#read()
  }

  stop(): void {
    this.#stopped = true
    this.#stream.destroy()
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#stream as AsyncIterable<Uint8Array>
    } catch (error) {
      if (this.#stopped) return
      const { message, code = 'EIO' } = error as NodeJS.ErrnoException
      throw new UnreadableFile(`${this.name} cannot be read: ${message}.`, code)
    }
  }
}
