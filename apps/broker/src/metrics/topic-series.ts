import type { Sample } from './metric.ts'

/** Topics shown one by one; a broker with thousands must not make a scrape of megabytes. The rest is one sum. */
const maxTopicsShown = 200

/** Name of the sum of topics that are not shown; no topic can have it. */
const otherTopics = '(other)'

interface TopicCounters {
  readonly recordsIn: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** What passed through one topic. */
export interface TopicTraffic {
  readonly name: string
  readonly counters: TopicCounters
}

/**
 * Which topics are shown one by one. That is decided once for each, when it is first looked at, and what passed through
 * a topic of the rest stays in their sum when the topic is gone: no counter goes down because another topic came or went.
 */
export class TopicSeries {
  readonly #shown = new Set<TopicTraffic>()
  readonly #others = new Set<TopicTraffic>()
  /** Of topics in the sum that are gone. */
  readonly #gone = { recordsIn: 0, bytesIn: 0, bytesOut: 0 }

  read(topics: readonly TopicTraffic[], field: keyof TopicCounters): Sample[] {
    this.#learn(topics)
    const samples: Sample[] = []
    let sum = this.#gone[field]
    for (const topic of topics) {
      if (this.#shown.has(topic)) samples.push({ labels: { topic: topic.name }, value: topic.counters[field] })
      else sum += topic.counters[field]
    }
    if (sum > 0 || this.#others.size > 0) samples.push({ labels: { topic: otherTopics }, value: sum })
    return samples
  }

  #learn(topics: readonly TopicTraffic[]): void {
    const present = new Set(topics)
    for (const topic of this.#shown) if (!present.has(topic)) this.#shown.delete(topic)
    for (const topic of this.#others) {
      if (present.has(topic)) continue
      this.#others.delete(topic)
      this.#gone.recordsIn += topic.counters.recordsIn
      this.#gone.bytesIn += topic.counters.bytesIn
      this.#gone.bytesOut += topic.counters.bytesOut
    }
    for (const topic of topics) {
      if (this.#shown.has(topic) || this.#others.has(topic)) continue
      if (this.#shown.size < maxTopicsShown) this.#shown.add(topic)
      else this.#others.add(topic)
    }
  }
}
