/** Ids taken from the metadata log at once: a start loses at most so many, and one record serves so many producers. */
const blockSize = 1_000

/** Hands out producer ids, never one twice: each comes from a block whose record is committed. */
export class ProducerIds {
  readonly #takeBlock: (count: number) => Promise<number>
  #next = 0
  #end = 0
  #refill: Promise<void> | undefined

  /** `takeBlock` resolves with the first id of a block that is this broker's alone. */
  constructor(takeBlock: (count: number) => Promise<number>) {
    this.#takeBlock = takeBlock
  }

  async take(): Promise<number> {
    while (this.#next === this.#end) {
      this.#refill ??= this.#fill().finally(() => {
        this.#refill = undefined
      })
      await this.#refill
    }
    return this.#next++
  }

  async #fill(): Promise<void> {
    const first = await this.#takeBlock(blockSize)
    this.#next = first
    this.#end = first + blockSize
  }
}
