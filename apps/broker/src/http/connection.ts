import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Roster } from '@yak/protocol'
import type { Exchange } from './exchange.ts'

/** How long bytes still on their way are read and dropped after an early answer, so that the client gets to read it. */
const lingerMs = 1_000

/** The open connections of one broker. */
export class Connections {
  readonly #bySocket = new Map<Socket, Connection>()

  get count(): number {
    return this.#bySocket.size
  }

  of(socket: Socket): Connection {
    let connection = this.#bySocket.get(socket)
    if (connection === undefined) {
      connection = new Connection(socket)
      this.#bySocket.set(socket, connection)
      socket.once('close', () => this.#bySocket.delete(socket))
    }
    return connection
  }

  /** Ends each connection once the requests under way on it have their answers. */
  closeWhenAnswered(): void {
    for (const connection of [...this.#bySocket.values()]) connection.closeWhenAnswered()
  }
}

/**
 * One client's connection. Requests are pipelined on it, so what ends the connection must wait for the answers owed to
 * the requests before: an error written too early would be read as the answer to another request.
 */
export class Connection {
  /** Requests whose bodies are here and wait for their turn to be read. */
  bodiesWaiting = 0
  readonly #socket: Socket
  /** Requests not answered yet, in the order they came. */
  readonly #underWay = new Roster<Exchange>()
  #lastAnswer: string | undefined
  #isClosing = false

  constructor(socket: Socket) {
    this.#socket = socket
    socket.once('close', () => this.#hangUp())
    socket.once('end', () => this.#hangUpUnlessAnswering())
  }

  get underWayCount(): number {
    return this.#underWay.size
  }

  get isWritable(): boolean {
    return this.#socket.writable
  }

  /** No request is taken any more. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  /** The request whose bytes come now minds its own time. */
  get isOnOwnTime(): boolean {
    const { newest } = this.#underWay
    return newest?.hasOwnTime === true && !newest.isBodyComplete
  }

  begin(exchange: Exchange, response: ServerResponse): void {
    this.#underWay.add(exchange)
    const end = () => {
      exchange.end()
      this.#underWay.delete(exchange)
      this.#closeIfDone()
    }
    response.once('finish', end)
    response.once('close', end)
  }

  /** Ends the connection once every request under way has its answer. */
  closeWhenAnswered(): void {
    this.#isClosing = true
    this.#closeIfDone()
  }

  /**
   * Writes a last answer for bytes that are no request, behind the answers owed, and ends the connection. A request
   * whose body never came is owed none: this is its answer.
   */
  closeWith(answer: string): void {
    if (this.#lastAnswer !== undefined) return
    this.#lastAnswer = answer
    this.#isClosing = true
    this.#closeIfDone()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #closeIfDone(): void {
    if (!this.#isClosing || this.#socket.destroyed) return
    for (const exchange of this.#underWay) {
      if (exchange.isBodyComplete) return
    }
    if (this.#underWay.size > 0 && this.#lastAnswer === undefined) return
    if (this.#socket.writable) this.#socket.end(this.#lastAnswer ?? '')
    this.#socket.resume()
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs)
    timer.unref()
    this.#socket.once('close', () => clearTimeout(timer))
  }

  #hangUpUnlessAnswering(): void {
    if (!this.#isClosing) this.#hangUp()
  }

  #hangUp(): void {
    for (const exchange of this.#underWay) exchange.end()
    this.#underWay.clear()
  }
}
