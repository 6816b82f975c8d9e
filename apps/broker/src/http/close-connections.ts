import type { FastifyInstance } from 'fastify'
import type { BrokerServices } from '../broker-services.ts'

/** Takes no more connections, and closes those there are as soon as what they asked is answered; after the shutdown time all. */
export async function closeConnections(
  app: FastifyInstance,
  { connections, config, logger }: Pick<BrokerServices, 'connections' | 'config' | 'logger'>,
): Promise<void> {
  const timer = setTimeout(() => {
    logger.warn({ connections: connections.count }, 'connections cut: the stop took too long')
    app.server.closeAllConnections()
  }, config.shutdownTimeoutMs)
  const closed = app.close()
  connections.closeWhenAnswered()
  await closed
  clearTimeout(timer)
}
