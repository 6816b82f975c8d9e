import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ConsoleServices } from '../../live/live-services.ts'
import { addStaticConsole } from '../plugins/static-console.ts'
import { problemResponses } from './problem-responses.ts'

/** The console lives under /console/, so that its pages and the JSON paths never collide. */
export async function addConsoleRoutes(app: FastifyInstance, services: ConsoleServices): Promise<void> {
  for (const path of ['/', '/leader', '/console']) {
    const schema = {
      tags: ['broker'],
      summary: 'To the console',
      description: 'A page: it takes any query.',
      response: { 302: z.null().meta({ description: 'The console is at /console/.' }), ...problemResponses },
      hide: path === '/console',
    }
    app.get(path, { schema, config: { always: true, page: true } }, (_request, reply) => reply.redirect('/console/'))
  }
  await addStaticConsole(app, { consoleDir: services.consoleDir, members: () => services.members() })
}
