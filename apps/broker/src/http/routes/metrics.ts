import { metricsResponseSchema } from '@yak/protocol/schemas'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BrokerServices } from '../../broker-services.ts'
import { metricJson } from '../../metrics/metrics-json.ts'
import { prometheusContentType, prometheusText } from '../../metrics/prometheus-text.ts'
import { problemResponses } from './problem-responses.ts'

/** By what it is asked for; the media type alone, since its parameters say no more of what it is. */
const documented = {
  description: 'What the broker measures, as it was asked for.',
  content: {
    'application/json': { schema: metricsResponseSchema },
    'text/plain': { schema: z.string().meta({ description: 'Prometheus’s text format.' }) },
  },
}

/** GET /metrics: JSON, or Prometheus's text to who asks for it as Prometheus does. */
export function addMetricsRoute(app: FastifyInstance, services: BrokerServices): void {
  app.get(
    '/metrics',
    {
      config: { always: true },
      schema: {
        tags: ['broker'],
        summary: 'Metrics of this broker',
        description:
          'JSON; Prometheus’s text format when the Accept header asks for text/plain or OpenMetrics. ' +
          'Always all of them: a scraper’s parameters, such as `name[]`, are refused like any unknown field.',
        response: { 200: documented, ...problemResponses },
      },
    },
    async (request, reply) => {
      const metrics = services.metrics.all()
      reply.header('vary', 'accept, origin')
      if (!wantsText(request.headers.accept)) {
        return { asOf: services.clock(), brokerId: services.brokerId, metrics: metrics.map(metricJson) }
      }
      return reply.header('content-type', prometheusContentType).serializer(String).send(prometheusText(metrics))
    },
  )
}

/** Prometheus asks for OpenMetrics or text/plain first; a browser or curl does not. */
function wantsText(accept: string | undefined): boolean {
  if (accept === undefined || accept.includes('application/json')) return false
  return accept.includes('text/plain') || accept.includes('application/openmetrics-text')
}
