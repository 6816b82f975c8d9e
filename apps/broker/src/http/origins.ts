import type { IncomingHttpHeaders } from 'node:http'
import { YakError } from '@yak/protocol'
import type { BrokerReference } from '@yak/protocol/schemas'

/** What a person may type for the machine in front of them. A page of one of these came from that machine. */
const ownMachineNames = ['localhost', '127.0.0.1', '[::1]']

/**
 * Origins of the pages that may talk to a broker besides its own: those of all members. A member at the own machine is one under
 * each of its names, so that a page opened at `localhost` is not left alone with the broker that served it.
 */
export function memberOrigins(members: readonly BrokerReference[]): Set<string> {
  const origins = new Set<string>()
  for (const { url } of members) {
    if (!URL.canParse(url)) continue
    const member = new URL(url)
    origins.add(member.origin)
    if (!ownMachineNames.includes(member.hostname)) continue
    for (const name of ownMachineNames) {
      member.hostname = name
      origins.add(member.origin)
    }
  }
  return origins
}

/**
 * Whether a page of this origin may talk to the broker: it was served under the very host it now asks, or by a member. The
 * scheme of the own host is not looked at, since a proxy in front may be the one that speaks TLS.
 */
function isAllowedOrigin(origin: string, host: string | undefined, members: readonly BrokerReference[]): boolean {
  if (memberOrigins(members).has(origin)) return true
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}

/**
 * For what a browser sends from any page, without asking first. `doing`: what such a page may not, as in "watch this broker".
 *
 * @throws ORIGIN_NOT_ALLOWED. A program, which names no origin, may do anything.
 */
export function assertAllowedOrigin(
  { origin, host }: IncomingHttpHeaders,
  members: readonly BrokerReference[],
  doing: string,
): void {
  if (origin === undefined || isAllowedOrigin(origin, host, members)) return
  throw new YakError(
    'ORIGIN_NOT_ALLOWED',
    `A page of ${origin.slice(0, 200)} may not ${doing}. Open the console of a broker of this cluster.`,
  )
}
