import { YakError } from '@yak/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

interface KnownRoute {
  readonly pattern: RegExp
  readonly methods: readonly string[]
}

/** Answers paths nobody has: 404, or 405 with the methods there are. Call it before the routes are added. */
export function addNotFound(app: FastifyInstance): void {
  const routes: KnownRoute[] = []
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: patternOf(url), methods: Array.isArray(method) ? method : [method] })
  })
  const refuse = (request: FastifyRequest, reply: FastifyReply): YakError => {
    const path = request.url.split('?', 1)[0]!
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods))
    if (methods.size === 0) {
      return new YakError('NOT_FOUND', `There is nothing at ${shortened(path)}. GET /openapi.json lists every path.`)
    }
    const allowed = [...methods].sort().join(', ')
    reply.header('allow', allowed)
    return new YakError('METHOD_NOT_ALLOWED', `${shortened(path)} does not take ${request.method}. Use ${allowed}.`)
  }
  // Before the body: whatever is wrong with it, and whether it comes at all, the path is what is wrong.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) done(refuse(request, reply))
    else done()
  })
  app.setNotFoundHandler((request, reply) => {
    throw refuse(request, reply)
  })
}

/** `/topics/:topic` and `/console/*` as expressions. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/:[^/]+/g, '[^/]+').replace(/\*/g, '.*')}$`)
}

function shortened(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path
}
