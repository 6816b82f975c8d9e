export interface DiskSpaceOptions {
  /** Free bytes below which the disk counts as full. */
  readonly minFreeBytes: number
  readonly checkMs: number
  /** Bytes free now. */
  readonly freeBytes: () => Promise<number>
  /** Told when the answer of `isFull` changes. */
  readonly onChange: (isFull: boolean, freeBytes: number) => void
}

/** Appending this much calls for a look before its time: a fast producer fills a disk between two ticks. */
const bytesBetweenChecks = 67_108_864

/**
 * Watches the free space, so that produce is refused while there is still room for what was accepted, for indexes and
 * for checkpoints. Space counts as back only a tenth above the threshold, so that the answer does not flicker.
 */
export class DiskSpace {
  readonly #options: DiskSpaceOptions
  #timer: NodeJS.Timeout | undefined
  #appendedBytes = 0
  #freeBytes = Number.POSITIVE_INFINITY
  #isFull = false
  #check: Promise<void> | undefined

  constructor(options: DiskSpaceOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** As of the last look; infinite before the first. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  async start(): Promise<void> {
    await this.check()
    this.#timer = setInterval(() => void this.check(), this.#options.checkMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  noteAppended(sizeBytes: number): void {
    this.#appendedBytes += sizeBytes
    if (this.#appendedBytes >= bytesBetweenChecks) {
      this.#appendedBytes = 0
      void this.check()
    }
  }

  /** Looks now; joins a look under way. A disk that cannot be asked keeps the last answer: its logs will say more. */
  check(): Promise<void> {
    this.#check ??= this.#look().finally(() => {
      this.#check = undefined
    })
    return this.#check
  }

  async #look(): Promise<void> {
    const { minFreeBytes, freeBytes, onChange } = this.#options
    const free = await freeBytes().catch(() => undefined)
    if (free === undefined) return
    this.#freeBytes = free
    const isFull = free < (this.#isFull ? minFreeBytes * 1.1 : minFreeBytes)
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    onChange(isFull, free)
  }
}
