import type { Connection } from '../transport/transport.ts'

/** Idle connections kept for each broker. */
const MAX_IDLE = 2

/**
 * Connections for single requests: metadata, offsets, administration. One request to a connection, so that a call that takes
 * long never has another waiting behind it, and never ends because that other one ran out of time.
 */
export class ConnectionPool {
  readonly #connect: (url: string) => Connection
  readonly #idle = new Map<string, Connection[]>()
  readonly #taken = new Set<Connection>()
  #isClosed = false

  constructor(connect: (url: string) => Connection) {
    this.#connect = connect
  }

  /** An idle connection, or a new one; whoever takes it gives it back. */
  take(url: string): Connection {
    const idle = this.#idle.get(url)
    let connection = idle?.pop()
    while (connection?.closed) connection = idle?.pop()
    connection ??= this.#connect(url)
    if (this.#isClosed) connection.close()
    else this.#taken.add(connection)
    return connection
  }

  give(connection: Connection): void {
    this.#taken.delete(connection)
    if (connection.closed) return
    const idle = this.#idle.get(connection.url) ?? []
    if (this.#isClosed || idle.length >= MAX_IDLE) {
      connection.close()
    } else {
      this.#idle.set(connection.url, idle)
      idle.push(connection)
    }
  }

  /** Fails what is under way. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#taken) connection.close()
    for (const idle of this.#idle.values()) for (const connection of idle) connection.close()
    this.#taken.clear()
    this.#idle.clear()
  }
}
