import { parseJsonExact } from '@yak/protocol'
import type { LiveClientFrameJson, LiveServerFrame } from '@yak/protocol/schemas'
import { onTestFinished } from 'vitest'

type FrameOf<Type extends LiveServerFrame['type']> = Extract<LiveServerFrame, { readonly type: Type }>

/** A WebSocket to the live channel that keeps what it hears until a test asks for it. */
export class LiveClient {
  readonly #socket: WebSocket
  readonly #frames: LiveServerFrame[] = []
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** Every frame as it came, in bytes. */
  receivedBytes = 0
  heartbeats = 0
  #wake: () => void = () => {}
  #closeCode: number | undefined

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      this.receivedBytes += data.length
      const frame = parseJsonExact(data) as LiveServerFrame
      if (frame.type === 'heartbeat') this.heartbeats++
      else this.#frames.push(frame)
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => {
        this.#closeCode = code
        this.#wake()
        resolve({ code, reason })
      })
    })
  }

  /** Resolves when the broker has said hello. */
  static async open(broker: { readonly url: string }): Promise<LiveClient> {
    const socket = new WebSocket(`${broker.url.replace(/^http/, 'ws')}/v1/live`)
    const client = new LiveClient(socket)
    onTestFinished(() => socket.close())
    await client.next('hello')
    return client
  }

  send(frame: LiveClientFrameJson): void {
    this.#socket.send(JSON.stringify(frame))
  }

  sendText(text: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(text)
  }

  /** The next frame of this type, and of this subscription where one is named; others stay. */
  async next<Type extends LiveServerFrame['type']>(type: Type, id?: string): Promise<FrameOf<Type>> {
    while (true) {
      const index = this.#frames.findIndex(
        (frame) => frame.type === type && (id === undefined || ('id' in frame && frame.id === id)),
      )
      if (index >= 0) return this.#frames.splice(index, 1)[0] as FrameOf<Type>
      if (this.#closeCode !== undefined) {
        throw new Error(`closed with ${this.#closeCode} before ${type}; there is ${JSON.stringify(this.#frames)}`)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** A frame and its answer: what was sent before it is heard before this resolves. */
  async roundTrip(): Promise<void> {
    this.send({ type: 'ping', echo: 'round-trip' })
    await this.next('pong')
  }

  /** Frames of a type that nobody has asked for yet. */
  waiting(type: LiveServerFrame['type']): number {
    return this.#frames.filter((frame) => frame.type === type).length
  }

  close(): void {
    this.#socket.close()
  }
}
