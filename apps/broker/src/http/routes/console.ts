import { YakError } from '@yak/protocol'
import type { FastifyInstance } from 'fastify'

/** The console lives under /console/, so that its pages and the JSON paths never collide. */
export function addConsoleRoutes(app: FastifyInstance): void {
  const hidden = { schema: { hide: true }, config: { always: true } }
  for (const path of ['/', '/leader', '/console']) {
    app.get(path, hidden, (_request, reply) => reply.redirect('/console/'))
  }
  app.get('/console/*', hidden, () => {
    throw new YakError(
      'NOT_FOUND',
      'The console is not part of this build. Use the HTTP paths of GET /openapi.json, or the yak command.',
    )
  })
}
