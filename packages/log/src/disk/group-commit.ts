import { YakError } from '@yak/protocol'

/** What takes part in the commits of a disk: one log. */
export interface CommitMember {
  /**
   * Makes what is pending durable, at most a bounded number of bytes, and settles those who wait for it. Never rejects: a
   * failure belongs to the member alone. Answers whether more is pending.
   */
  commit(): Promise<boolean>
}

/**
 * One for each disk. Whoever has something pending is asked to commit in the next cycle, and one cycle runs at a time:
 *
 *     idle --schedule--> running --(all members of the cycle are done, others were scheduled meanwhile)--> running
 *                        running --(nobody is scheduled)--> idle
 *
 * So an append on an idle disk starts at once, and all that arrive during one fdatasync share the next one. There is no
 * waiting for company on purpose: under load it gathers by itself.
 */
export class GroupCommit {
  readonly #maxPendingBytes: number
  readonly #parallelCommits: number
  #scheduled = new Set<CommitMember>()
  #running = false
  #pendingBytes = 0
  #cycleCount = 0

  constructor(options: { readonly maxPendingBytes: number; readonly parallelCommits: number }) {
    this.#maxPendingBytes = options.maxPendingBytes
    this.#parallelCommits = options.parallelCommits
  }

  /** Bytes appended to the logs of this disk and not yet durable. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** How many cycles have begun, each of them one sync for every log that took part. */
  get cycleCount(): number {
    return this.#cycleCount
  }

  /** Takes room for bytes to append. @throws YakError OVERLOADED, before anything is changed. */
  reserve(sizeBytes: number): void {
    if (this.#pendingBytes > 0 && this.#pendingBytes + sizeBytes > this.#maxPendingBytes) {
      throw new YakError(
        'OVERLOADED',
        `${this.#pendingBytes} bytes wait for the disk and ${this.#maxPendingBytes} may. Send again in a moment.`,
        { details: { pendingBytes: this.#pendingBytes, maxPendingBytes: this.#maxPendingBytes } },
      )
    }
    this.#pendingBytes += sizeBytes
  }

  /** Gives back the room that `reserve` took, in bytes, once they are durable or given up. */
  release(sizeBytes: number): void {
    this.#pendingBytes -= sizeBytes
  }

  /** The member takes part in the next cycle, which starts at once when none runs. */
  schedule(member: CommitMember): void {
    this.#scheduled.add(member)
    if (this.#running) return
    this.#running = true
    // One microtask later, so that what the caller appends to other logs in the same breath shares the cycle.
    queueMicrotask(() => void this.#run())
  }

  async #run(): Promise<void> {
    while (this.#scheduled.size > 0) {
      const members = this.#scheduled
      this.#scheduled = new Set()
      this.#cycleCount++
      await this.#commitAll(members)
    }
    this.#running = false
  }

  /** A few members at a time: the thread pool that syncs also reads and compresses. */
  async #commitAll(members: ReadonlySet<CommitMember>): Promise<void> {
    const waiting = members.values()
    const worker = async (): Promise<void> => {
      for (const member of waiting) {
        if (await member.commit()) this.#scheduled.add(member)
      }
    }
    const workerCount = Math.min(this.#parallelCommits, members.size)
    await Promise.all(Array.from({ length: workerCount }, worker))
  }
}
