import type { YakClient } from '@yak/client'
import type { YakError } from '@yak/protocol'
import type { IntegerOption, TextOption } from './arguments/option.ts'
import { UsageError } from './arguments/usage-error.ts'
import type { Status } from './terminal/status.ts'

/** The brokers of `yak dev`, and the first of them a broker's own default port. */
const localBrokers = [5001, 5002, 5003].map((port) => `http://127.0.0.1:${port}`).join(',')

/** The flag of every command that talks to brokers. */
export const brokersOption: TextOption & { readonly default: string } = {
  type: 'text',
  placeholder: 'URL,URL',
  description: 'brokers to ask first; one that answers is enough',
  default: localBrokers,
}

/** Of the commands that ask once; those that go on have their own. */
export const timeoutOption: IntegerOption & { readonly default: number } = {
  type: 'integer',
  placeholder: 'MS',
  min: 1,
  max: 3_600_000,
  default: 5_000,
  description: 'for how long a broker that does not answer is tried',
}

/** For a command with several waits, which says itself what each takes unless told. */
export function withoutDefault({ default: _, ...option }: typeof timeoutOption): IntegerOption {
  return option
}

export async function openClient(brokers: string): Promise<YakClient> {
  const urls = brokerUrls(brokers)
  // Loaded only here: what needs no broker answers at once.
  const { YakClient } = await import('@yak/client')
  return new YakClient({ brokers: urls })
}

const patienceMs = 3_000

/** A broker that answers and refuses by turns is told of once within so long. */
const quietMs = 10_000

export interface ConnectionReport {
  /** Something is asked of the brokers from now on. Called again it does nothing. */
  begin(): void
  end(): void
}

/**
 * Says on standard error when no leader answers, so that waiting for one is not taken for work. Of a loss that follows soon upon
 * another only when it lasts. Until it is told that something was asked for, nobody can have failed to answer.
 */
export function reportConnection(client: Pick<YakClient, 'on'>, status: Pick<Status, 'line'>): ConnectionReport {
  let patience: NodeJS.Timeout | undefined
  let isBegun = false
  let isLost = false
  let isTold = false
  let toldAtMs = Number.NEGATIVE_INFINITY
  const tellLoss = (url: string, error: YakError): void => {
    isTold = true
    toldAtMs = performance.now()
    status.line(`${lossText(url, error)}; trying on`)
  }
  const offs = [
    client.on('connected', ({ url }) => {
      clearTimeout(patience)
      if (isTold) status.line(`${url} leads and answers`)
      isLost = false
      isTold = false
    }),
    client.on('disconnected', ({ url, error }) => {
      if (isLost) return
      isLost = true
      if (performance.now() - toldAtMs >= quietMs) tellLoss(url, error)
      else patience = setTimeout(() => tellLoss(url, error), patienceMs).unref()
    }),
  ]
  return {
    begin() {
      if (isBegun) return
      isBegun = true
      patience = setTimeout(() => status.line('no leader answers yet; trying on'), patienceMs).unref()
    },
    end() {
      clearTimeout(patience)
      for (const off of offs) off()
    },
  }
}

/** A broker that answers and leads no more, or something in its place, is not silent. */
function lossText(url: string, { code, details }: YakError): string {
  if (code === 'BROKERS_UNREACHABLE') return `${url} does not answer any more`
  if (code !== 'INVALID_RESPONSE') return `${url} does not lead any more`
  return typeof details.status === 'number'
    ? `${url} answers ${details.status} as no broker does`
    : `${url} does not answer as a broker does any more`
}

/** `a:5001, http://b:5001/` → `['http://a:5001', 'http://b:5001']` */
function brokerUrls(text: string): string[] {
  const urls = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const url = URL.parse(entry.includes('://') ? entry : `http://${entry}`)
      if (url === null || !/^https?:$/.test(url.protocol) || !isOriginAlone(url)) {
        throw new UsageError(
          `"${entry}" is no address of a broker. Give --brokers http://HOST:PORT, several with commas.`,
        )
      }
      return url.origin
    })
  if (urls.length === 0) throw new UsageError('--brokers names no broker. Give --brokers http://HOST:PORT.')
  return urls
}

/** What else stands in it would be dropped: a path, a query, a user with a password. */
function isOriginAlone({ href, origin }: URL): boolean {
  return href === `${origin}/`
}
