import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Compression } from '../compression.ts'
import { YakError } from '../yak-error.ts'

/** Those that batches can be read and written with here. */
export const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'zstd']

export function compress(compression: Exclude<Compression, 'none'>, bytes: Uint8Array): Uint8Array {
  return compression === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes)
}

/**
 * Throws DECOMPRESSED_TOO_LARGE once more than `maxBytes` come out, before they are gathered, and CORRUPT_BATCH when the
 * bytes are not of that codec from their first to their last.
 */
export function decompress(compression: Exclude<Compression, 'none'>, bytes: Uint8Array, maxBytes: number): Uint8Array {
  let unpacked: Unpacked
  try {
    unpacked = compression === 'gzip' ? gunzip(bytes, maxBytes) : unzstd(bytes, maxBytes)
  } catch (cause) {
    throw TOO_LARGE.has((cause as NodeJS.ErrnoException).code ?? '')
      ? new YakError(
          'DECOMPRESSED_TOO_LARGE',
          `The ${compression} batch of ${bytes.length} bytes unpacks to more than ${maxBytes} bytes. Send smaller batches.`,
          { details: { compressedBytes: bytes.length, maxDecompressedBytes: maxBytes }, cause },
        )
      : corrupt(compression, (cause as Error).message, cause)
  }
  if (unpacked.engine.bytesWritten !== bytes.length) throw corrupt(compression, 'bytes follow its end')
  return unpacked.buffer
}

/** What zlib answers with `info: true`; `bytesWritten` is what was written into it, so how much of the input it took. */
interface Unpacked {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

const gunzip = (bytes: Uint8Array, maxBytes: number): Unpacked =>
  gunzipSync(bytes, { maxOutputLength: maxBytes, info: true }) as unknown as Unpacked

const unzstd = (bytes: Uint8Array, maxBytes: number): Unpacked =>
  zstdDecompressSync(bytes, {
    maxOutputLength: maxBytes,
    info: true,
    // The frame's header names the window to allocate: one beyond the bound is a bomb as well.
    params: { [constants.ZSTD_d_windowLogMax]: windowLog(maxBytes) },
  }) as unknown as Unpacked

/** zstd allows 2^10 to 2^27 here without being asked for more. */
const windowLog = (maxBytes: number): number => Math.min(27, Math.max(10, Math.ceil(Math.log2(maxBytes))))

const TOO_LARGE: ReadonlySet<string> = new Set(['ERR_BUFFER_TOO_LARGE', 'ZSTD_error_frameParameter_windowTooLarge'])

function corrupt(compression: Compression, reason: string, cause?: unknown): YakError {
  return new YakError(
    'CORRUPT_BATCH',
    `The records of the batch do not unpack as ${compression}: ${reason}. Send or fetch it again.`,
    { details: { compression }, cause },
  )
}
