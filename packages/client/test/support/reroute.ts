import type { FakeCluster } from '../../src/testing/index.ts'
import type { Connection, ConnectionOptions } from '../../src/transport/transport.ts'

/** From now on an address leads to what `elsewhere` gives for it; where that is nothing, to where it led before. */
export function reroute(
  { transport }: FakeCluster,
  elsewhere: (url: string, options: ConnectionOptions) => Connection | undefined,
): void {
  const { connect } = transport
  Object.assign(transport, {
    connect: (url: string, options: ConnectionOptions) => elsewhere(url, options) ?? connect(url, options),
  })
}

/** The same connection under another spelling of its address. */
export function spelledAs(url: string, connection: Connection): Connection {
  return {
    url,
    maxPipelined: connection.maxPipelined,
    get closed() {
      return connection.closed
    },
    request: (request) => connection.request(request),
    close: () => connection.close(),
  }
}
