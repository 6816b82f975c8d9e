import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * A connection that stands and is known to the broker: what is sent on it while the broker is stopped waits in the broker's own
 * socket, and is the first thing that it reads when it wakes.
 */
export class WaitingRequest {
  readonly #socket: Socket
  #received = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text
    })
    socket.on('error', () => {})
  }

  static async open(port: number): Promise<WaitingRequest> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    const request = new WaitingRequest(socket)
    request.send('/v1/replica/broker')
    await request.status()
    return request
  }

  send(path: string): void {
    this.#received = ''
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: broker\r\n\r\n`)
  }

  /** Of the answer to what was sent last; 0 when the connection ended without one. */
  async status(): Promise<number> {
    while (!this.#received.includes('\r\n')) {
      if (this.#socket.closed) return 0
      await Promise.race([once(this.#socket, 'data'), once(this.#socket, 'close')])
    }
    return Number(this.#received.split(' ', 2)[1])
  }

  close(): void {
    this.#socket.destroy()
  }
}
