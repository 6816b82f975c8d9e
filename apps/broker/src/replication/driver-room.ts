import type { DriverClock } from './driver-ports.ts'

export interface DriverRoomOptions {
  readonly clock: DriverClock
  readonly freeBytes: () => Promise<number>
  /** Free bytes from which on there is room. */
  readonly minFreeBytes: number
}

const checkEveryMs = 500

const wantingCodes: ReadonlySet<string> = new Set(['DISK_FULL', 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])

/** Holds what found no room on the disk until there is some. It looks only while something waits. */
export class DriverRoom {
  readonly #options: DriverRoomOptions
  readonly #waiting = new Map<string, () => void>()
  #cancelCheck: (() => void) | undefined
  #isClosed = false

  constructor(options: DriverRoomOptions) {
    this.#options = options
  }

  /** Calls back once when there is room; what is named twice waits once. */
  wait(name: string, callback: () => void): void {
    if (this.#isClosed) return
    this.#waiting.set(name, callback)
    if (this.#cancelCheck === undefined) this.#checkLater()
  }

  /** Nothing that waits is called back any more. */
  close(): void {
    this.#isClosed = true
    this.#cancelCheck?.()
    this.#waiting.clear()
  }

  #checkLater(): void {
    this.#cancelCheck = this.#options.clock.schedule(checkEveryMs, () => void this.#check())
  }

  async #check(): Promise<void> {
    // A disk that cannot be asked has no room to speak of.
    const freeBytes = await this.#options.freeBytes().catch(() => 0)
    if (this.#isClosed) return
    if (freeBytes < this.#options.minFreeBytes) {
      this.#checkLater()
      return
    }
    this.#cancelCheck = undefined
    const callbacks = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const callback of callbacks) callback()
  }
}

/** The error, or what caused it, is that there was no room, or no file descriptor: both pass, and nothing that was synced is in doubt. */
export function isForRoom(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { readonly code?: unknown }
    if (typeof code === 'string' && wantingCodes.has(code)) return true
  }
  return false
}
