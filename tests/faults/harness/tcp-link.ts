import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** How long TCP waits before it sends again what was lost, at least: Linux's shortest. */
const retransmitMs = 200

/** `toServer`: what the one who connected sends. */
type Way = 'toServer' | 'toClient'

interface Chunk {
  readonly bytes: Buffer
  readonly dueMs: number
}

/**
 * One way of one connection. What is held back is kept and goes on in order later, as TCP's own retransmission would have
 * it: a network loses packets, a stream loses nothing but its end.
 */
class Stream {
  readonly #from: Socket
  readonly #to: Socket
  readonly #link: TcpLink
  readonly #way: Way
  readonly #held: Chunk[] = []
  #isEnded = false
  #timer: NodeJS.Timeout | undefined
  /** When all that came so far is through, at the pace of the link. */
  #throughMs = 0

  constructor(link: TcpLink, way: Way, from: Socket, to: Socket) {
    this.#link = link
    this.#way = way
    this.#from = from
    this.#to = to
    from.on('data', (bytes: Buffer) => {
      this.#throughMs = Math.max(this.#throughMs, performance.now()) + link.takesMs(bytes.length)
      this.#held.push({ bytes, dueMs: this.#throughMs + link.lateMs() })
      if (link.holds(way)) from.pause()
      else this.pump()
    })
    from.on('end', () => {
      this.#isEnded = true
      this.pump()
    })
    to.on('drain', () => this.pump())
  }

  get heldBytes(): number {
    return this.#held.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  /** What waits to pass, in order. */
  get held(): Buffer {
    return Buffer.concat(this.#held.map(({ bytes }) => bytes))
  }

  pump(): void {
    clearTimeout(this.#timer)
    if (this.#link.holds(this.#way) || this.#to.destroyed) return
    for (let chunk = this.#held[0]; chunk !== undefined; chunk = this.#held[0]) {
      const waitMs = chunk.dueMs - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs)
        return
      }
      this.#held.shift()
      this.#link.onPassing?.(this.#way, chunk.bytes)
      if (!this.#to.write(chunk.bytes)) {
        this.#from.pause()
        return
      }
    }
    if (this.#isEnded) this.#to.end()
    else this.#from.resume()
  }
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** To the server, and back. */
  readonly streams: readonly [Stream, Stream]
}

/**
 * A way through the network, as a port of this process: what connects there reaches the target, and the test decides what
 * becomes of it.
 *
 *     open      everything passes, after a delay, and no faster than the link is wide; of a lossy link parts are late by a retransmission, and all behind them waits
 *     held      connections stand, and nothing passes, both ways or one: a cable pulled, packets dropped
 *     refused   connections break, and new ones break at once
 */
export class TcpLink {
  /** Sees what passes. */
  onPassing: ((way: Way, bytes: Buffer) => void) | undefined
  readonly #target: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #port = 0
  #held = new Set<Way>()
  #isRefused = false
  #delayMs = 0
  #bytesPerSecond = Number.POSITIVE_INFINITY
  #isLost: () => boolean = () => false

  private constructor(targetPort: number) {
    this.#target = targetPort
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  static async open(targetPort: number): Promise<TcpLink> {
    const link = new TcpLink(targetPort)
    link.#server.listen(0, '127.0.0.1')
    await once(link.#server, 'listening')
    link.#port = (link.#server.address() as AddressInfo).port
    return link
  }

  get port(): number {
    return this.#port
  }

  /** By how much the next part is late. */
  lateMs(): number {
    return this.#delayMs + (this.#isLost() ? retransmitMs : 0)
  }

  /** How long so many bytes are under way. */
  takesMs(sizeBytes: number): number {
    return (sizeBytes / this.#bytesPerSecond) * 1_000
  }

  holds(way: Way): boolean {
    return this.#held.has(way)
  }

  /** Nothing passes any more, both ways or one; nobody is told. */
  hold(...ways: readonly Way[]): void {
    this.#held = new Set(ways.length === 0 ? ['toServer', 'toClient'] : ways)
  }

  /** What waits to pass. */
  heldBytes(way: Way): number {
    const index = way === 'toServer' ? 0 : 1
    return [...this.#pairs].reduce((sum, { streams }) => sum + streams[index].heldBytes, 0)
  }

  /** What waits to pass, of each connection. */
  held(way: Way): Buffer[] {
    const index = way === 'toServer' ? 0 : 1
    return [...this.#pairs].map(({ streams }) => streams[index].held)
  }

  refuse(): void {
    this.#isRefused = true
    this.cut()
  }

  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** So much passes in a second, in each connection and each way. */
  narrow(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Loses what part of all that passes, 0 to 1: a stream is late then, and loses nothing. */
  lose(rate: number, random: () => number): void {
    this.#isLost = () => random() < rate
  }

  /** Breaks what is connected; new connections pass. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
  }

  /** Everything passes again, what was held back first. */
  heal(): void {
    this.#held.clear()
    this.#isRefused = false
    this.#delayMs = 0
    this.#bytesPerSecond = Number.POSITIVE_INFINITY
    this.#isLost = () => false
    for (const { client, server, streams } of this.#pairs) {
      for (const stream of streams) stream.pump()
      // One side went while nothing passed, and the other was not told.
      if (client.destroyed || server.destroyed) this.#end(client, server)
    }
  }

  close(): void {
    this.#server.close()
    this.cut()
  }

  #accept(client: Socket): void {
    client.on('error', () => {})
    if (this.#isRefused) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ host: '127.0.0.1', port: this.#target, allowHalfOpen: true, noDelay: true })
    client.setNoDelay(true)
    server.on('error', () => {})
    const pair: Pair = {
      client,
      server,
      streams: [new Stream(this, 'toServer', client, server), new Stream(this, 'toClient', server, client)],
    }
    this.#pairs.add(pair)
    client.on('close', () => this.#closed(pair, 'toServer'))
    server.on('close', () => this.#closed(pair, 'toClient'))
  }

  #closed(pair: Pair, way: Way): void {
    const { client, server } = pair
    if (!this.holds(way)) this.#end(client, server)
    if (client.destroyed && server.destroyed) this.#pairs.delete(pair)
  }

  #end(client: Socket, server: Socket): void {
    client.destroy()
    server.destroy()
  }
}
