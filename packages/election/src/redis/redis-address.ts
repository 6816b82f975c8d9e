/*
 * Where Redis is, from a URL:
 *
 *   url      = scheme "://" [ [user] ":" password "@" ] hosts [ "/" path ] [ "?" own ]
 *   scheme   = "redis" | "rediss" | "redis+sentinel" | "rediss+sentinel"        rediss: TLS
 *   hosts    = host [":" port]                                                  one server, port 6379
 *            | host [":" port] *( "," host [":" port] )                         Sentinels, port 26379
 *   path     = db                                                               one server
 *            | name [ "/" db ]                                                  Sentinels: the name they know the primary by
 *   own      = [ "sentinel-user=" user "&" ] "sentinel-password=" password      Sentinels that ask for a password of their own
 *
 * User and password are percent-encoded, in `own` the "@" too. A host may be an IPv6 address in brackets.
 */

/** Where a server or a Sentinel listens. */
export interface RedisEndpoint {
  /** A name, or an IP address without brackets. */
  readonly host: string
  /** Of TCP. */
  readonly port: number
}

export interface RedisAddress {
  readonly usesTls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly db: number
  /** The server itself, or the Sentinels to ask when `primaryName` is there. Never empty. */
  readonly endpoints: readonly RedisEndpoint[]
  readonly primaryName: string | undefined
  /** For the Sentinels themselves; the server behind them has the other two. */
  readonly sentinelUsername: string | undefined
  readonly sentinelPassword: string | undefined
  /** For messages: without user and password. */
  readonly text: string
}

const urlPattern =
  /^(rediss?)(\+sentinel)?:\/\/(?:(?<credentials>.*)@)?(?<hosts>[^/?#@]+)(?:\/(?<path>[^?#]*))?(?:\?(?<own>[^#]*))?$/
const hostPattern = /^(?:\[(?<address>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]\s]+))(?::(?<port>\d{1,5}))?$/

export function isRedisUrl(url: string): boolean {
  return /^rediss?(\+sentinel)?:/.test(url)
}

/** Throws a TypeError that says what is wrong with `setting`, never with the password in it. */
export function parseRedisUrl(url: string, setting = 'The Redis URL'): RedisAddress {
  try {
    return readUrl(url)
  } catch (error) {
    if (error instanceof UrlError) throw new TypeError(`${setting} is wrong: ${error.message}.`)
    throw error
  }
}

class UrlError extends Error {}

function readUrl(url: string): RedisAddress {
  const match = urlPattern.exec(url)
  if (match === null) throw wrong('it does not have the form redis://[user:password@]host[:port][/db]')
  const [, scheme, sentinel] = match
  const { credentials, hosts, path = '', own } = match.groups as Record<string, string> & { hosts: string }
  const isSentinel = sentinel !== undefined
  const endpoints = hosts.split(',').map((host) => parseEndpoint(host, isSentinel ? 26379 : 6379))
  if (endpoints.length > 1 && !isSentinel) {
    throw wrong('it names several hosts; with Sentinels it begins with redis+sentinel://')
  }
  const [name, dbText] = isSentinel ? splitOnce(path, '/') : [undefined, path]
  if (isSentinel && !name)
    throw wrong('after the Sentinels it must name the primary: redis+sentinel://host:26379/mymaster')
  const db = parseDb(dbText ?? '')
  return {
    usesTls: scheme === 'rediss',
    ...parseCredentials(credentials),
    ...parseOwn(own, isSentinel),
    db,
    endpoints,
    primaryName: name,
    text: `${scheme}${sentinel ?? ''}://${hosts}/${isSentinel ? `${name}/` : ''}${db}`,
  }
}

function parseEndpoint(text: string, defaultPort: number): RedisEndpoint {
  const groups = hostPattern.exec(text)?.groups
  const port = groups?.port === undefined ? defaultPort : Number(groups.port)
  const host = groups?.address ?? groups?.name
  if (host === undefined || port < 1 || port > 65_535)
    throw wrong(`"${text}" is not a host with a port from 1 to 65535`)
  return { host, port }
}

function parseCredentials(text: string | undefined): { username: string | undefined; password: string | undefined } {
  if (text === undefined) return { username: undefined, password: undefined }
  const [user, password] = splitOnce(text, ':')
  if (!password) {
    throw wrong(
      'there is a user without a password before the @; write redis://:PASSWORD@host or redis://USER:PASSWORD@host',
    )
  }
  return { username: decoded(user) || undefined, password: decoded(password) }
}

const ownNames: readonly string[] = ['sentinel-user', 'sentinel-password']

function parseOwn(
  text: string | undefined,
  isSentinel: boolean,
): Pick<RedisAddress, 'sentinelUsername' | 'sentinelPassword'> {
  const own = new Map((text ?? '').split('&').map((pair) => splitOnce(pair, '=')))
  own.delete('')
  if (own.size > 0 && !isSentinel)
    throw wrong('what follows the ? is for Sentinels; with them it begins with redis+sentinel://')
  if ([...own.keys()].some((name) => !ownNames.includes(name))) {
    throw wrong(
      'after the ? there may be sentinel-user and sentinel-password; in a password write %26 for an & and %3D for a =',
    )
  }
  const [username, password] = ownNames.map((name) => decoded(own.get(name) ?? '') || undefined)
  if (password === undefined && own.size > 0) throw wrong('sentinel-password is not there or empty')
  return { sentinelUsername: username, sentinelPassword: password }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong('the user or the password has a % that is no percent-encoding; write %25 for a % sign')
  }
}

function parseDb(text: string): number {
  if (text === '') return 0
  if (!/^\d{1,6}$/.test(text)) throw wrong(`"${text}" is not a database number`)
  return Number(text)
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const position = text.indexOf(separator)
  return position < 0 ? [text, undefined] : [text.slice(0, position), text.slice(position + 1)]
}

function wrong(reason: string): UrlError {
  return new UrlError(reason)
}
