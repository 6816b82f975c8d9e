import { YakError } from '@yak/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/** The console lives under /console/, so that its pages and the JSON paths never collide. */
export function addConsoleRoutes(app: FastifyInstance): void {
  for (const path of ['/', '/leader', '/console']) {
    const schema = {
      tags: ['broker'],
      summary: 'To the console',
      response: { 302: z.null().meta({ description: 'The console is at /console/.' }) },
      hide: path === '/console',
    }
    app.get(path, { schema, config: { always: true } }, (_request, reply) => reply.redirect('/console/'))
  }
  app.get('/console/*', { schema: { hide: true }, config: { always: true } }, () => {
    throw new YakError(
      'NOT_FOUND',
      'The console is not part of this build. Use the HTTP paths of GET /openapi.json, or the yak command.',
    )
  })
}
