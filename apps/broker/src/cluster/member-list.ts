import { LIMITS } from '@yak/protocol'
import { ConfigError } from '../config-error.ts'
import { withoutSecrets } from '../config-secrets.ts'
import type { BrokerConfig } from '../config-settings.ts'
import type { Members } from '../replication/core/identity.ts'

/** Who takes part, and where brokers reach each other. */
export interface MemberList {
  readonly members: Members
  /** Base URL of each broker, by id. Of a lone broker there is none: nobody looks for it. */
  readonly urls: ReadonlyMap<string, string>
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const urlPattern = /^https?:\/\/[^\s/?#]+$/

/** Members by the settings. Throws `ConfigError` for what cannot be a cluster. */
export function memberListOf(config: Pick<BrokerConfig, 'id' | 'peers' | 'coordinator' | 'minInsync'>): MemberList {
  const { id, minInsync } = config
  const urls = config.peers === '' ? new Map<string, string>() : urlsOf(config.peers)
  if (urls.size > 0 && !urls.has(id)) {
    throw new ConfigError(
      `--peers names ${[...urls.keys()].join(', ')} and not this broker, ${id}. Add ${id}=URL to it, on every broker, or correct --id.`,
    )
  }
  const brokerIds = urls.size === 0 ? [id] : [...urls.keys()].sort()
  if (brokerIds.length > 1 && config.coordinator === '') {
    throw new ConfigError(
      `--peers names ${brokerIds.length} brokers, and they have no --coordinator to elect a leader with. Give ` +
        '--coordinator redis://HOST:PORT, or sqlite:FILE when all of them run on this machine.',
    )
  }
  if (minInsync > brokerIds.length) {
    const brokers = brokerIds.length === 1 ? 'is 1 broker' : `are ${brokerIds.length} brokers`
    throw new ConfigError(`--min-insync is ${minInsync}, and there ${brokers}. Give at most ${brokerIds.length}.`)
  }
  const minInsyncReplicas = minInsync > 0 ? minInsync : brokerIds.length >= 3 ? 2 : 1
  return { members: { version: 1, brokerIds, minInsyncReplicas }, urls }
}

function urlsOf(peers: string): Map<string, string> {
  const urls = new Map<string, string>()
  for (const peer of peers.split(',')) {
    const separator = peer.indexOf('=')
    const id = peer.slice(0, separator)
    const url = peer.slice(separator + 1).replace(/\/$/, '')
    if (!idPattern.test(id) || !urlPattern.test(url)) {
      throw new ConfigError(
        `--peers has "${withoutSecrets(peer)}". Give each broker as ID=URL, such as 2=http://10.0.0.2:5001.`,
      )
    }
    if (urls.has(id)) throw new ConfigError(`--peers names broker ${id} twice. Give every broker an id of its own.`)
    const other = [...urls].find(([, known]) => known === url)?.[0]
    if (other !== undefined) {
      throw new ConfigError(`--peers has the URL ${url} for broker ${other} and broker ${id}. Give each its own.`)
    }
    urls.set(id, url)
  }
  if (urls.size > LIMITS.maxBrokers) {
    throw new ConfigError(`--peers names ${urls.size} brokers, and ${LIMITS.maxBrokers} may form a cluster.`)
  }
  return urls
}
