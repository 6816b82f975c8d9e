import { connect, type Socket } from 'node:net'
import type { Target } from './target.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A bare TCP connection, for what no HTTP client would send. */
export class RawConnection {
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #isEnded = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    const ended = () => {
      this.#isEnded = true
      this.#wake()
    }
    socket.on('end', ended)
    socket.on('close', ended)
    // How a connection ends is seen by what came before.
    socket.on('error', ended)
  }

  static open(target: Target): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(target.port, target.host, () => {
        socket.off('error', reject)
        resolve(new RawConnection(socket))
      })
      socket.once('error', reject)
    })
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Sends FIN; what the broker still says can be read. */
  end(): void {
    this.#socket.end()
  }

  /** Sends RST or FIN, and reads nothing more. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Stops taking bytes, as a client that hangs does. */
  pause(): void {
    this.#socket.pause()
  }

  /** The next answer, or undefined when the connection ends without one. */
  async answer(): Promise<RawAnswer | undefined> {
    while (true) {
      const answer = this.#parsed()
      if (answer !== undefined) return answer
      if (this.#isEnded) return undefined
      await this.#change()
    }
  }

  /** Resolves when the broker has closed the connection. */
  async ended(): Promise<void> {
    while (!this.#isEnded) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #parsed(): RawAnswer | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd < 0) return undefined
    const [statusLine = '', ...lines] = this.#received.subarray(0, headEnd).toString('latin1').split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const status = Number(statusLine.split(' ')[1])
    const bodyStart = headEnd + 4
    const bodyEnd = bodyStart + (status === 100 ? 0 : Number(headers['content-length'] ?? 0))
    if (this.#received.length < bodyEnd) return undefined
    const body = Buffer.from(this.#received.subarray(bodyStart, bodyEnd))
    this.#received = this.#received.subarray(bodyEnd)
    return { status, headers, body }
  }
}

/** A request as bytes. */
export function rawRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string | number>>,
  body: string | Uint8Array = '',
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: broker\r\n${lines.join('')}\r\n`),
    Buffer.from(body),
  ])
}

export function problemCode(answer: RawAnswer | undefined): string | undefined {
  return answer === undefined ? undefined : JSON.parse(answer.body.toString()).code
}
