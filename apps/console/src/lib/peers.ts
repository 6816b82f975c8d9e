/** A broker as the page knows it. The id is not known before the first answer. */
export interface Peer {
  readonly id: string | null
  /** Without a slash at the end. */
  readonly url: string
}

/**
 * The peers after an answer of GET /cluster: those it names, in the order of their ids, and the one that served the page
 * where the answer does not have it (its public name may differ from the address in use).
 */
export function mergePeers(known: readonly Peer[], named: readonly Peer[], servedBy: string): readonly Peer[] {
  if (named.length === 0) return known
  const peers = named
    .map(({ id, url }) => ({ id, url: trimUrl(url) }))
    .toSorted((a, b) => (a.id ?? '').localeCompare(b.id ?? '', 'en', { numeric: true }))
  const home = trimUrl(servedBy)
  const known1 = peers.some(({ url }) => url === home)
  const merged = known1 ? peers : [{ id: known.find(({ url }) => url === home)?.id ?? null, url: home }, ...peers]
  return samePeers(known, merged) ? known : merged
}

/** Who to ask, in order: the preferred one first, then the others from its place on, round. */
export function orderPeers(peers: readonly Peer[], preferred: string): readonly Peer[] {
  const at = peers.findIndex(({ url }) => url === preferred)
  return at === -1 ? peers : [...peers.slice(at), ...peers.slice(0, at)]
}

export function trimUrl(url: string): string {
  return url.replace(/\/+$/, '')
}

const samePeers = (a: readonly Peer[], b: readonly Peer[]) =>
  a.length === b.length && a.every((peer, index) => peer.url === b[index]!.url && peer.id === b[index]!.id)
