import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands in front of a broker and resets each connection after so many bytes of its answers, wherever that is. */
export class CuttingProxy {
  cutCount = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCutting = true

  private constructor(targetPort: number, cutAfterBytes: number) {
    this.#server = createServer((inner) => this.#forward(inner, targetPort, cutAfterBytes))
  }

  static async listen(port: number, targetPort: number, cutAfterBytes: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(targetPort, cutAfterBytes)
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve))
    return proxy
  }

  stopCutting(): void {
    this.#isCutting = false
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #forward(inner: Socket, targetPort: number, cutAfterBytes: number): void {
    const outer = connect({ port: targetPort, host: '127.0.0.1' })
    let forwardedBytes = 0
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    inner.on('data', (data) => outer.write(data))
    outer.on('data', (data: Buffer) => {
      forwardedBytes += data.length
      if (!this.#isCutting || forwardedBytes <= cutAfterBytes) {
        inner.write(data)
        return
      }
      this.cutCount++
      inner.write(data.subarray(0, data.length / 2), () => inner.resetAndDestroy())
      outer.destroy()
    })
  }
}
