import type { Compression } from '../compression.ts'
import { YakError } from '../yak-error.ts'

/** Those that batches can be read and written with here. */
export const COMPRESSIONS: readonly Compression[] = ['none']

/**
 * Browsers compress in streams only, which are asynchronous: a record is decoded when it is looked at, and a batch built when
 * it is sent. And zstd is not everywhere. So what runs there reads and writes batches as they are.
 */
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
