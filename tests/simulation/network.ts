import type { Coverage } from './coverage.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** How the way from one end to another is at the moment. Each direction is a way of its own. */
interface Link {
  isCut: boolean
  /** Only what the other end asked for passes, as through a firewall. */
  isAnswersOnly: boolean
  /** 0 to 1: what part of the messages never arrives. */
  lossRate: number
  /** 0 to 1: what part arrives twice, the second time later. */
  repeatRate: number
  /** Added to each message. */
  slowMs: number
  /** Messages overtake each other; otherwise they arrive in the order in which they left. */
  isUnordered: boolean
  lastArrivalMs: number
}

const goodLink: Readonly<Link> = {
  isCut: false,
  isAnswersOnly: false,
  lossRate: 0,
  repeatRate: 0,
  slowMs: 0,
  isUnordered: false,
  lastArrivalMs: 0,
}

export interface NetworkMessage {
  readonly from: string
  readonly to: string
  /** For the trace and for telling faults apart: `fetch`, `promise`, `produce`. */
  readonly label: string
  readonly deliver: () => void
  /** It comes back on the connection of the one who asked. Default false. */
  readonly isAnswer?: boolean
  /** False for what travels on a connection of its own that cannot repeat it. */
  readonly mayRepeat: boolean
}

export interface NetworkOptions {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly coverage: Coverage
  /** On a good day, one way. */
  readonly delayMs: { readonly low: number; readonly high: number }
  /** Where a sender is a process that may stand still in the middle of the step that sends. */
  readonly senderOf?: (from: string) => Sender | undefined
}

/** What it sends leaves when it wakes, or never, when it is dead by then. */
export interface Sender {
  readonly wakesAtMs: number
  /** Infinity: it lives. */
  readonly diedAtMs: number
}

/** Who can reach whom, how soon and how often. Names are brokers, clients and `coordinator`. */
export class Network {
  readonly #options: NetworkOptions
  readonly #links = new Map<string, Map<string, Link>>()

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** How often it will arrive: 0, 1 or 2. Only the simulation may look at that; its sender cannot know. */
  send(message: NetworkMessage): number {
    const { scheduler, random, coverage, delayMs, senderOf } = this.#options
    const sender = senderOf?.(message.from)
    const leavesAtMs = sender?.wakesAtMs ?? scheduler.nowMs
    const deliver = (): void => {
      if (sender === undefined || sender.diedAtMs >= leavesAtMs) message.deliver()
    }
    const link = this.#link(message.from, message.to)
    // Drawn for every message, so that a fault on one link leaves the chance of the others as it was.
    const delay = random.between(delayMs.low, delayMs.high) + link.slowMs + leavesAtMs - scheduler.nowMs
    const isLost = random.chance(link.lossRate)
    const isRepeated = random.chance(link.repeatRate)
    const isCutOff = link.isCut || (link.isAnswersOnly && message.isAnswer !== true)
    if (isCutOff || isLost) {
      coverage.count(isCutOff ? 'message cut off' : 'message lost')
      return 0
    }
    if (link.slowMs > 0) coverage.count('message slowed')
    const inOrder = Math.max(scheduler.nowMs + delay, link.lastArrivalMs)
    const jitter = link.isUnordered ? random.exponential(delayMs.high * 3) : 0
    if (link.isUnordered) coverage.count('message out of order')
    else link.lastArrivalMs = inOrder
    const arrivesInMs = link.isUnordered ? delay + jitter : inOrder - scheduler.nowMs
    scheduler.schedule(arrivesInMs, deliver)
    if (!isRepeated || !message.mayRepeat) return 1
    coverage.count('message doubled')
    scheduler.schedule(arrivesInMs + random.exponential(delayMs.high * 10), deliver)
    return 2
  }

  /** From now on nothing passes from any of `from` to any of `to`; what is under way arrives. */
  cut(from: readonly string[], to: readonly string[]): void {
    this.#each(from, to, (link) => {
      link.isCut = true
    })
  }

  /** From now on whoever of `to` is asked by any of `from` does not hear it, and its own questions are answered. */
  shut(from: readonly string[], to: readonly string[]): void {
    this.#each(from, to, (link) => {
      link.isAnswersOnly = true
    })
  }

  setLoss(from: readonly string[], to: readonly string[], lossRate: number): void {
    this.#each(from, to, (link) => {
      link.lossRate = lossRate
    })
  }

  setRepeat(from: readonly string[], to: readonly string[], repeatRate: number): void {
    this.#each(from, to, (link) => {
      link.repeatRate = repeatRate
    })
  }

  setSlow(from: readonly string[], to: readonly string[], slowMs: number): void {
    this.#each(from, to, (link) => {
      link.slowMs = slowMs
    })
  }

  setUnordered(from: readonly string[], to: readonly string[], isUnordered: boolean): void {
    this.#each(from, to, (link) => {
      link.isUnordered = isUnordered
    })
  }

  restore(from: readonly string[], to: readonly string[]): void {
    this.#each(from, to, (link) => {
      Object.assign(link, { ...goodLink, lastArrivalMs: link.lastArrivalMs })
    })
  }

  /** Everything that is sent arrives, and soon. */
  get isWhole(): boolean {
    for (const links of this.#links.values()) {
      for (const { isCut, isAnswersOnly, lossRate, slowMs } of links.values())
        if (isCut || isAnswersOnly || lossRate > 0 || slowMs > 0) return false
    }
    return true
  }

  healAll(): void {
    this.#links.clear()
  }

  #each(from: readonly string[], to: readonly string[], change: (link: Link) => void): void {
    for (const sender of from) for (const receiver of to) if (sender !== receiver) change(this.#link(sender, receiver))
  }

  #link(from: string, to: string): Link {
    let links = this.#links.get(from)
    if (links === undefined) {
      links = new Map()
      this.#links.set(from, links)
    }
    let link = links.get(to)
    if (link === undefined) {
      link = { ...goodLink }
      links.set(to, link)
    }
    return link
  }
}
