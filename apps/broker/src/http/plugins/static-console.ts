import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { YakError } from '@yak/protocol'
import type { BrokerReference } from '@yak/protocol/schemas'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface StaticConsoleOptions {
  /** Where the built console lies; undefined: where it is built beside this package. */
  readonly consoleDir: string | undefined
  /** Whose origins the page may talk to. */
  readonly members: () => readonly BrokerReference[]
}

/** From `src` and from `dist` of this package alike. */
const builtBeside = fileURLToPath(new URL('../../../../console/dist', import.meta.url))

const buildCommand = 'npx -y pnpm --filter @yak/console build'

const longCache = 'public, max-age=31536000, immutable'

/**
 * Serves the console under /console/. Names of assets hold a hash of their content, so they are kept for ever; every path that
 * is no file is a page of the console, which finds its way itself. The folder is looked at with each request: a console that is
 * built while the broker runs is there at once.
 */
export async function addStaticConsole(app: FastifyInstance, options: StaticConsoleOptions): Promise<void> {
  const root = options.consoleDir ?? builtBeside
  await app.register(
    async (scope) => {
      await scope.register(fastifyStatic, {
        root,
        serve: false,
        preCompressed: true,
        cacheControl: false,
        dotfiles: 'ignore',
        index: false,
        suppressWarning: true,
      })
      scope.setNotFoundHandler((request) => {
        throw notThere(request)
      })
      scope.setErrorHandler((error: Error & { readonly statusCode?: number }, request, reply) => {
        // What is not there now may be there after the next build.
        reply.header('cache-control', 'no-store')
        // A path that leads out of the folder, or is spelt in a way that might: there is nothing to see.
        if ((error.statusCode ?? 500) < 500) throw notThere(request)
        throw error
      })
      scope.get('/*', { schema: { hide: true }, config: { always: true, page: true } }, async (request, reply) => {
        const path = (request.params as { readonly '*': string })['*']
        setSecurityHeaders(request, reply, options.members())
        reply.header('vary', 'accept-encoding, origin')
        if (isFilePath(path)) {
          reply.header('cache-control', path.startsWith('assets/') ? longCache : 'no-cache')
          return reply.sendFile(path)
        }
        if (!(await isFile(join(root, 'index.html')))) return sendNotBuilt(reply)
        return reply.header('cache-control', 'no-cache').sendFile('index.html')
      })
    },
    { prefix: '/console' },
  )
}

/** Assets, and files of the build's top folder; pages may have dots in the names of topics, further down. */
function isFilePath(path: string): boolean {
  return path.startsWith('assets/') || (path.includes('.') && !path.includes('/'))
}

/** The page runs scripts of its own origin only, and talks to members of the cluster only. */
function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply, members: readonly BrokerReference[]): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${connectSources(request, members).join(' ')}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  reply.header('content-security-policy', policy.join('; '))
  reply.header('x-content-type-options', 'nosniff')
  reply.header('referrer-policy', 'same-origin')
}

const hostPattern = /^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/

function connectSources(request: FastifyRequest, members: readonly BrokerReference[]): string[] {
  const sources = new Set<string>(["'self'"])
  const { host } = request.headers
  // Not every browser takes WebSockets of the own host for 'self'.
  if (host !== undefined && hostPattern.test(host)) {
    sources.add(`ws://${host}`)
    sources.add(`wss://${host}`)
  }
  for (const { url } of members) {
    if (!URL.canParse(url)) continue
    const { origin } = new URL(url)
    sources.add(origin)
    sources.add(origin.replace(/^http/, 'ws'))
  }
  return [...sources]
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

function sendNotBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .header('cache-control', 'no-store')
    .header('content-type', 'text/html; charset=utf-8')
    .serializer(String)
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>YAK: the console is not built</title>
<h1>The console is not built</h1>
<p>The broker runs and serves its other paths. Build the console once, then load this page again:</p>
<pre>${buildCommand}</pre>
<p>Every path is listed at <a href="/openapi.json">/openapi.json</a>.</p></html>
`,
    )
}

function notThere(request: FastifyRequest): YakError {
  return new YakError('NOT_FOUND', `The console has no file ${request.url.split('?', 1)[0]!.slice(0, 200)}.`)
}
