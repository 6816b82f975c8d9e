import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can go silent: connections stay open, and nothing passes. */
export class TcpProxy {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  static async open(targetPort: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new TcpProxy(server, (server.address() as { port: number }).port)
    server.on('connection', (near) => {
      const far = connect(targetPort, '127.0.0.1')
      const pair = [near, far] as const
      proxy.#pairs.add(pair)
      near.pipe(far).pipe(near)
      for (const socket of pair) {
        socket.on('error', () => {})
        socket.on('close', () => {
          for (const other of pair) other.destroy()
          proxy.#pairs.delete(pair)
        })
      }
    })
    return proxy
  }

  /** What is connected now never hears anything again, and is not told that; new connections work. */
  silence(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far)
      far.unpipe(near)
      near.resume()
      far.removeAllListeners('close')
      far.destroy()
    }
  }

  async close(): Promise<void> {
    for (const [near, far] of this.#pairs) {
      near.destroy()
      far.destroy()
    }
    this.#server.close()
  }
}
