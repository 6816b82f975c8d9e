import type { Channel } from './channel.ts'

const silent: Channel = { hasSubscribers: false, publish: () => {} }

/** A browser has no diagnostics channels. */
export function channel(_name: string): Channel {
  return silent
}

/** A message port's task comes sooner than a timer's, which a browser holds back to four milliseconds. */
export function afterIo(callback: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    callback()
  }
  port2.postMessage(undefined)
}

/** A byte order mark is a character like any other. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}

export function allocate(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes)
}
