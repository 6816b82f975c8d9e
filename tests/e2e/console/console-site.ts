import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preview } from 'vite'
import { buildFor } from './build-console.ts'

const root = join(import.meta.dirname, '../../../apps/console')

/** As the broker sends it: what a page may load. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src *; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'"

export interface ConsoleSite extends AsyncDisposable {
  /** Of the page, without a slash at the end. */
  readonly url: string
}

/**
 * The console before a broker. With `fresh` it is built into a folder of its own and served by Vite's preview server, which
 * passes everything else on to the broker; else as the broker itself serves it, where it does.
 */
export async function openConsole(brokerUrl: string, options: { readonly fresh?: boolean } = {}): Promise<ConsoleSite> {
  const own = await fetch(`${brokerUrl}/console/`)
  await own.body?.cancel()
  if (own.ok && options.fresh !== true) return { url: `${brokerUrl}/console`, [Symbol.asyncDispose]: async () => {} }
  const outDir = options.fresh === true ? await mkdtemp(join(tmpdir(), 'yak-console-')) : join(root, 'dist')
  if (options.fresh === true) await buildFor('production', outDir)
  const server = await preview({
    root,
    logLevel: 'silent',
    build: { outDir },
    preview: {
      port: 0,
      strictPort: false,
      host: '127.0.0.1',
      headers: { 'content-security-policy': contentSecurityPolicy },
      proxy: { '^/(?!console(/|$))': { target: brokerUrl, ws: true } },
    },
  })
  const address = server.httpServer.address()
  if (typeof address !== 'object' || address === null) throw new Error('The preview server listens nowhere')
  return {
    url: `http://127.0.0.1:${address.port}/console`,
    [Symbol.asyncDispose]: async () => {
      await server.close()
      if (options.fresh === true) await rm(outDir, { recursive: true, force: true })
    },
  }
}
