import { once } from 'node:events'
import { createServer } from 'node:net'
import { UsageError } from '../arguments/usage-error.ts'
import type { BrokerPlan } from './dev-plan.ts'

/** Throws `UsageError` that names the first port in use, before anything is started. */
export async function assertPortsFree(plans: readonly BrokerPlan[]): Promise<void> {
  for (const { id, port } of plans) {
    const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true })
    try {
      await once(server, 'listening')
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be had: ${message}`
      throw new UsageError(`Port ${port}, broker ${id}'s, ${why}. Give another --port, or stop what uses it.`)
    }
    server.close()
    await once(server, 'close')
  }
}
