import { createRequire } from 'node:module'
import { crc32cOfRange as plainCrc32cOfRange } from './crc32c.browser.ts'

/** Below this many bytes the call into native code costs more than it saves. */
const NATIVE_FROM_BYTES = 320

type NativeCrc32c = (bytes: Uint8Array, seed: number) => number

/** Absent where the platform has no prebuilt binary, or installing optional packages was switched off. */
function loadNative(): NativeCrc32c | undefined {
  try {
    const require = createRequire(import.meta.url)
    return (require('@node-rs/crc32') as { crc32c: NativeCrc32c }).crc32c
  } catch {
    return undefined
  }
}

const nativeCrc32c = loadNative()

/** The CRC-32C of `bytes[start, end)`; `seed` is the CRC of what comes before them. */
export function crc32cOfRange(bytes: Uint8Array, start: number, end: number, seed: number): number {
  if (nativeCrc32c === undefined || end - start < NATIVE_FROM_BYTES) {
    return plainCrc32cOfRange(bytes, start, end, seed)
  }
  return nativeCrc32c(bytes.subarray(start, end), seed)
}
