import { YakError } from '@yak/protocol'
import type { Cluster } from './cluster.ts'
import { type TopicAnswer, topicsOf } from './json-shapes.ts'
import { type CallOptions, callLeader } from './leader-call.ts'

export interface TopicLookup {
  readonly topics: readonly TopicAnswer[]
  /** Why a topic asked for is not among them. */
  readonly errors: ReadonlyMap<string, YakError>
}

/** Of the names in one request, which are part of its URL: a broker takes 16 KiB of head, and proxies often 8. */
const MAX_NAMES_LENGTH = 6_000

/**
 * Asks the leader for topics. Only the leader: a follower may not know yet of a topic created a moment ago. Nothing is kept
 * here; producers and consumers each keep what they work on.
 */
export class TopicCatalog {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** With `create`, topics that do not exist are created where the broker allows it. */
  async lookUp(
    names: readonly string[],
    options: CallOptions & { readonly create?: boolean } = {},
  ): Promise<TopicLookup> {
    const topics: TopicAnswer[] = []
    const errors = new Map<string, YakError>()
    for (const part of partsOf(names)) {
      const query = part.map(encodeURIComponent).join(',')
      const found = await this.#get(`/v1/metadata?topics=${query}${options.create ? '&create=true' : ''}`, options)
      topics.push(...found.topics)
      for (const [name, error] of found.errors) errors.set(name, error)
      const answered = new Set(found.topics.map(({ name }) => name))
      for (const name of part) {
        if (errors.has(name) || answered.has(name)) continue
        errors.set(name, new YakError('UNKNOWN_TOPIC', `Topic ${name} does not exist.`, { details: { topic: name } }))
      }
    }
    return { topics, errors }
  }

  async all(options: CallOptions = {}): Promise<readonly TopicAnswer[]> {
    return (await this.#get('/v1/metadata', options)).topics
  }

  async #get(path: string, options: CallOptions): Promise<TopicLookup> {
    const { json, url } = await callLeader(this.#cluster, { method: 'GET', path, isRepeatable: true }, options)
    return topicsOf(json, url)
  }
}

function partsOf(names: readonly string[]): string[][] {
  const parts: string[][] = []
  let length = MAX_NAMES_LENGTH
  for (const name of names) {
    length += encodeURIComponent(name).length + 1
    if (length > MAX_NAMES_LENGTH) {
      parts.push([])
      length = encodeURIComponent(name).length
    }
    parts.at(-1)!.push(name)
  }
  return parts
}
