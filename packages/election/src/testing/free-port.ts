import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that a system hands out by itself, for `listen(0)` and for the near end of each connection (from 32768 on
 * in Linux, from 49152 elsewhere): a port from there may be anybody's by the time that it is used, or used again.
 */
const first = 10_240
const last = 32_767

const given = new Set<number>()

/** A port of 127.0.0.1 to listen on, and to come back to: nobody has it, and nobody gets it by chance. Never the same twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, last + 1)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true })
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
