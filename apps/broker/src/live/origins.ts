import type { BrokerReference } from '@yak/protocol/schemas'

/** Origins of the pages that may talk to a broker besides its own: those of all members. */
export function memberOrigins(members: readonly BrokerReference[]): Set<string> {
  const origins = new Set<string>()
  for (const { url } of members) {
    const origin = originOf(url)
    if (origin !== undefined) origins.add(origin)
  }
  return origins
}

/**
 * Whether a page of this origin may talk to the broker: it was served under the very host it now asks, or by a member. The
 * scheme of the own host is not looked at, since a proxy in front may be the one that speaks TLS.
 */
export function isAllowedOrigin(
  origin: string,
  host: string | undefined,
  members: readonly BrokerReference[],
): boolean {
  if (memberOrigins(members).has(origin)) return true
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}
