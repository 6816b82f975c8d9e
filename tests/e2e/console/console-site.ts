import { join } from 'node:path'
import { preview } from 'vite'

const root = join(import.meta.dirname, '../../../apps/console')

export interface ConsoleSite extends AsyncDisposable {
  /** Of the page, without a slash at the end. */
  readonly url: string
}

/**
 * The built console before a broker: the broker itself where it serves the console, else Vite's preview server, which
 * passes everything else on.
 */
export async function openConsole(brokerUrl: string): Promise<ConsoleSite> {
  const own = await fetch(`${brokerUrl}/console/`)
  await own.body?.cancel()
  if (own.ok) return { url: `${brokerUrl}/console`, [Symbol.asyncDispose]: async () => {} }
  const server = await preview({
    root,
    logLevel: 'error',
    preview: {
      port: 0,
      strictPort: false,
      host: '127.0.0.1',
      proxy: { '^/(?!console(/|$))': { target: brokerUrl, ws: true } },
    },
  })
  const address = server.httpServer.address()
  if (typeof address !== 'object' || address === null) throw new Error('The preview server listens nowhere')
  return {
    url: `http://127.0.0.1:${address.port}/console`,
    [Symbol.asyncDispose]: async () => {
      await server.close()
    },
  }
}
