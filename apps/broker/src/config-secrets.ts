/** Stands for what is not told. */
const hidden = '***'

/** Names of a coordinator's query that may be told; their values may not. */
const ownNames: readonly string[] = ['sentinel-user', 'sentinel-password']

/**
 * A URL as it may be told: without password, and without a user that stands alone and may be one. Made of what is known to be no
 * secret, so that an odd one is hidden and not let through: credentials go up to the last `@`, as where they are read, of the
 * query only known names stay, and nothing stays where a `?` or `#` before the `@` leaves open what is what.
 *
 *     redis://user:p%40ss@host:6379/0                       redis://user:***@host:6379/0
 *     redis://:pass@host                                    redis://:***@host
 *     redis+sentinel://a,b/primary?sentinel-password=pass   redis+sentinel://a,b/primary?sentinel-password=***
 *
 * Text that is no URL stays as it is.
 */
export function withoutSecrets(text: string): string {
  const from = text.indexOf('://')
  if (from < 0) return text
  const scheme = text.slice(0, from + 3)
  const rest = text.slice(from + 3)
  const at = rest.lastIndexOf('@')
  if (/[?#]/.test(rest.slice(0, Math.max(0, at)))) return `${scheme}${hidden}`
  const credentials = at < 0 ? '' : `${hiddenCredentials(rest.slice(0, at))}@`
  const [address, query, fragment] = partsOf(rest.slice(at + 1))
  const ownQuery = query === undefined ? '' : `?${query.split('&').map(hiddenPair).join('&')}`
  return `${scheme}${credentials}${address}${ownQuery}${fragment === undefined ? '' : `#${hidden}`}`
}

function hiddenCredentials(text: string): string {
  const [, user, password] = /^([\w.~%+-]*):(.*)$/s.exec(text) ?? []
  return user === undefined || password === '' ? hidden : `${user}:${hidden}`
}

function hiddenPair(pair: string): string {
  const name = pair.split('=', 1)[0]!
  return ownNames.includes(name) ? `${name}=${hidden}` : hidden
}

function partsOf(text: string): [string, string | undefined, string | undefined] {
  const [, address = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? []
  return [address, query, fragment]
}
