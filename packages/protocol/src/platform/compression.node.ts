import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Compression } from '../compression.ts'
import { YakError } from '../yak-error.ts'

export function compress(compression: Exclude<Compression, 'none'>, bytes: Uint8Array): Uint8Array {
  return compression === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes)
}

/**
 * Throws DECOMPRESSED_TOO_LARGE once more than `maxBytes` come out, before they are gathered, and CORRUPT_BATCH when the
 * bytes are not of that codec.
 */
export function decompress(compression: Exclude<Compression, 'none'>, bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return compression === 'gzip'
      ? gunzipSync(bytes, { maxOutputLength: maxBytes })
      : zstdDecompressSync(bytes, {
          maxOutputLength: maxBytes,
          // The frame's header names the window to allocate: a window beyond the bound is a bomb as well.
          params: { [constants.ZSTD_d_windowLogMax]: windowLog(maxBytes) },
        })
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ERR_BUFFER_TOO_LARGE' || code === 'ZSTD_error_frameParameter_windowTooLarge') {
      throw new YakError(
        'DECOMPRESSED_TOO_LARGE',
        `The ${compression} batch of ${bytes.length} bytes unpacks to more than ${maxBytes} bytes. Send smaller batches.`,
        { details: { compressedBytes: bytes.length, maxDecompressedBytes: maxBytes }, cause },
      )
    }
    throw new YakError(
      'CORRUPT_BATCH',
      `The records of the batch do not unpack as ${compression}: ${(cause as Error).message}. Send the batch again.`,
      { details: { compression }, cause },
    )
  }
}

/** zstd allows 2^10 to 2^27 here without being asked for more. */
const windowLog = (maxBytes: number): number => Math.min(27, Math.max(10, Math.ceil(Math.log2(maxBytes))))
