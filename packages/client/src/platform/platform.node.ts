import { Buffer } from 'node:buffer'
import { channel as nodeChannel } from 'node:diagnostics_channel'
import type { Channel } from './channel.ts'

export function channel(name: string): Channel {
  return nodeChannel(name)
}

/** Once the event loop has looked at its sockets: later than any promise, sooner than any timer. */
export function afterIo(callback: () => void): void {
  setImmediate(callback)
}

/** Buffer's own method, which makes no object for each call. */
const { utf8Slice } = Buffer.prototype as unknown as {
  utf8Slice(this: Uint8Array, start: number, end: number): string
}

export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  return utf8Slice.call(bytes, start, end)
}

/** Bytes that are not cleared: whoever asks writes them all. */
export function allocate(sizeBytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(sizeBytes)
}
