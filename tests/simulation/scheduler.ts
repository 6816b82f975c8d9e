const realSetImmediate = setImmediate
const realNextTick = process.nextTick
/** So often Node gets its turn: it looks for rejected promises that nobody listens to, and a worker for its port. */
const eventsPerTurn = 64

interface ScheduledEvent {
  readonly atMs: number
  /** Events of one moment run in the order in which they were scheduled. */
  readonly number: number
  run: (() => void) | undefined
}

/**
 * Virtual time. One event runs, then every promise that follows from it, then the next event: the process is idle in
 * between, so the order of everything is decided by the times alone.
 *
 * All promises are done when a callback of `process.nextTick` comes that was asked for while they ran: Node runs it once
 * the microtask queue is empty, and at a tenth of what a turn of the event loop costs. What would still be under way then is
 * real I/O, which the ambient guard refuses. Nothing in a run may use `process.nextTick` itself: it would come an event late.
 */
export class Scheduler {
  nowMs = 0
  eventCount = 0
  /** Changes with the time and number of every event that ran: two runs with the same one were the same run. */
  fingerprint = 0x811c9dc5
  /** Called after each event and its promises: the place where invariants are looked at. */
  afterEvent: (() => void) | undefined
  readonly #heap: ScheduledEvent[] = []
  #scheduled = 0

  /** Calls back after the delay; the returned function cancels. */
  schedule(delayMs: number, run: () => void): () => void {
    if (!(delayMs >= 0)) throw new RangeError(`A delay of ${delayMs} ms is none.`)
    const event: ScheduledEvent = { atMs: this.nowMs + delayMs, number: ++this.#scheduled, run }
    this.#push(event)
    return () => {
      event.run = undefined
    }
  }

  /** Runs what is due until `untilMs`, or until `isDone` says so, or `maxEvents` have run. Then it is `untilMs`. */
  async run(untilMs: number, isDone: () => boolean = () => false, maxEvents = 1_000_000): Promise<void> {
    const lastEvent = this.eventCount + maxEvents
    await turnOfTheLoop()
    while (!isDone()) {
      const event = this.#heap[0]
      if (event === undefined || event.atMs > untilMs) {
        this.nowMs = untilMs
        return
      }
      this.#pop()
      if (event.run === undefined) continue
      if (++this.eventCount > lastEvent) {
        throw new Error(`${maxEvents} events and no end at ${this.nowMs} ms: something spins.`)
      }
      this.nowMs = event.atMs
      this.fingerprint = Math.imul(this.fingerprint ^ event.number, 0x01000193)
      this.fingerprint = Math.imul(this.fingerprint ^ Math.floor(event.atMs * 1_000), 0x01000193) >>> 0
      event.run()
      await (this.eventCount % eventsPerTurn === 0 ? turnOfTheLoop() : settlePromises())
      this.afterEvent?.()
    }
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (isBefore(heap[parent]!, event)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (isBefore(last, heap[child]!)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

function isBefore(left: ScheduledEvent, right: ScheduledEvent): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.number < right.number)
}

function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    realNextTick(resolve)
  })
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => {
    realSetImmediate(resolve)
  })
}
