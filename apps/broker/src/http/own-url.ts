import type { AddressInfo } from 'node:net'

/** Where clients reach a broker that nothing else is said of: what it is bound to, or this machine where that is every address. */
export function ownUrl(host: string, port: number, address: AddressInfo | string | null | undefined): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  const bound = typeof address === 'object' ? address?.port : undefined
  return `http://${reachable}:${bound ?? port}`
}
