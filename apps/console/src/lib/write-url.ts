/**
 * Where a write goes: nowhere special (undefined: the broker in use, which sends on to the leader) while the page talks to
 * the broker that served it; else straight to the leader, since a browser forgets the page's origin when one foreign broker
 * sends it on to another, and no broker takes a write of nobody.
 */
export function writeUrl(
  peers: { readonly home: string; readonly current: string },
  leaderUrl: string | null,
): string | undefined {
  return peers.current === peers.home || leaderUrl === null || leaderUrl === peers.current ? undefined : leaderUrl
}
