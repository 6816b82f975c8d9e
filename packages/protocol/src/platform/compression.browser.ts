import type { Compression } from '../compression.ts'
import { YakError } from '../yak-error.ts'

/** Browsers compress in streams only, and zstd not everywhere; what runs there reads and writes batches as they are. */
function unsupported(compression: Compression): YakError {
  return new YakError(
    'UNSUPPORTED_COMPRESSION',
    `${compression} batches can not be read or written in a browser. Use compression none, or read through GET /consume.`,
    { details: { compression } },
  )
}

export function compress(compression: Exclude<Compression, 'none'>, _bytes: Uint8Array): Uint8Array {
  throw unsupported(compression)
}

export function decompress(
  compression: Exclude<Compression, 'none'>,
  _bytes: Uint8Array,
  _maxBytes: number,
): Uint8Array {
  throw unsupported(compression)
}
