const SECTOR_BYTES = 512

/**
 * One file's bytes, twice: as a reader sees them now, and as a power cut would find them. Between the two lie the sectors
 * written since the last sync.
 */
export class MemoryFile {
  #bytes: Buffer = Buffer.alloc(0)
  #durable: Buffer = Buffer.alloc(0)
  #sizeBytes = 0
  #durableSizeBytes = 0
  #dirtySectors = new Set<number>()

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(this.#sizeBytes, position + target.length)
    if (end <= position) return 0
    target.set(this.#bytes.subarray(position, end))
    return end - position
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return
    this.#grow(position + bytes.length)
    this.#bytes.set(bytes, position)
    this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.length)
    this.#soil(position, position + bytes.length)
  }

  truncate(sizeBytes: number): void {
    this.#grow(sizeBytes)
    const end = Math.max(this.#sizeBytes, sizeBytes)
    this.#bytes.fill(0, Math.min(this.#sizeBytes, sizeBytes), end)
    this.#soil(Math.min(this.#sizeBytes, sizeBytes), end)
    this.#sizeBytes = sizeBytes
  }

  sync(): void {
    this.#growDurable(this.#sizeBytes)
    for (const sector of this.#dirtySectors) this.#persist(sector)
    this.#dirtySectors.clear()
    this.#durableSizeBytes = this.#sizeBytes
  }

  /** What O_DSYNC does: the bytes of that write and the size they need, and nothing that was written before. */
  syncRange(start: number, end: number): void {
    this.#growDurable(end)
    for (let sector = Math.floor(start / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) {
      if (this.#dirtySectors.delete(sector)) this.#persist(sector)
    }
    this.#durableSizeBytes = Math.max(this.#durableSizeBytes, end)
  }

  /** What Linux does after a failed sync: the pages count as clean, and were never written. */
  forgetUnsynced(): void {
    this.#dirtySectors.clear()
  }

  /** Of what was not synced, each sector and the size are kept or lost, as `random` has it. */
  cutPower(random: () => number): void {
    const sizeBytes = random() < 0.5 ? this.#durableSizeBytes : this.#sizeBytes
    this.#growDurable(Math.max(sizeBytes, this.#sizeBytes))
    for (const sector of this.#dirtySectors) if (random() < 0.5) this.#persist(sector)
    this.#durable.fill(0, sizeBytes)
    this.#durableSizeBytes = sizeBytes
    this.#sizeBytes = sizeBytes
    this.#bytes = Buffer.from(this.#durable)
    this.#dirtySectors.clear()
  }

  /** Decay: both copies change. */
  flipBit(position: number, bit: number): void {
    if (position >= this.#sizeBytes) throw new RangeError(`No byte ${position} in a file of ${this.#sizeBytes}`)
    this.#growDurable(position + 1)
    this.#bytes[position]! ^= 1 << bit
    this.#durable[position]! ^= 1 << bit
  }

  #persist(sector: number): void {
    const start = sector * SECTOR_BYTES
    this.#bytes.copy(this.#durable, start, start, Math.min(start + SECTOR_BYTES, this.#bytes.length))
  }

  #soil(start: number, end: number): void {
    for (let sector = Math.floor(start / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) {
      this.#dirtySectors.add(sector)
    }
  }

  #grow(sizeBytes: number): void {
    if (sizeBytes > this.#bytes.length) this.#bytes = enlarged(this.#bytes, sizeBytes)
  }

  #growDurable(sizeBytes: number): void {
    if (sizeBytes > this.#durable.length)
      this.#durable = enlarged(this.#durable, Math.max(sizeBytes, this.#bytes.length))
  }
}

function enlarged(bytes: Buffer, sizeBytes: number): Buffer {
  const larger = Buffer.alloc(Math.max(sizeBytes, bytes.length * 2, SECTOR_BYTES))
  bytes.copy(larger)
  return larger
}
