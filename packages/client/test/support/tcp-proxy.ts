import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a client and a broker, and does to their connections what networks do. */
export class TcpProxy {
  /** Where what comes here goes. */
  target = ''
  connectionCount = 0
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #isFrozen = false
  #answersAreFrozen = false
  #cutEvery = Number.POSITIVE_INFINITY
  #answerCount = 0

  static async listen(): Promise<TcpProxy> {
    const proxy = new TcpProxy()
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor() {
    this.#server = createServer((client) => this.#accept(client))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Connections stay open and nothing goes through them any more: a cable pulled, a process stopped. */
  freeze(): void {
    this.#isFrozen = true
    for (const [client, server] of this.#pairs) {
      client.pause()
      server.pause()
    }
  }

  /** Requests arrive, and their answers do not: a broker that is silent. */
  freezeAnswers(): void {
    this.#answersAreFrozen = true
    for (const [, server] of this.#pairs) server.pause()
  }

  thaw(): void {
    this.#isFrozen = false
    this.#answersAreFrozen = false
    for (const [client, server] of this.#pairs) {
      client.resume()
      server.resume()
    }
  }

  /** Breaks all connections. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy()
      server.destroy()
    }
  }

  /** Breaks all connections at every so many pieces of answers, which do not arrive: the broker did what it was asked, and nobody hears of it. */
  cutEvery(answers: number): void {
    this.#cutEvery = answers
  }

  close(): void {
    this.#server.close()
    this.cut()
  }

  #accept(client: Socket): void {
    this.connectionCount++
    const { hostname, port } = new URL(this.target)
    const server = connect({ host: hostname, port: Number(port) })
    const pair = [client, server] as const
    this.#pairs.add(pair)
    client.pipe(server)
    server.on('data', () => {
      if (++this.#answerCount % this.#cutEvery === 0) this.cut()
    })
    server.pipe(client)
    const end = (): void => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    if (this.#isFrozen) client.pause()
    if (this.#isFrozen || this.#answersAreFrozen) server.pause()
  }
}
