import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { leaderResponse } from '../routes/problem-responses.ts'
import { finishedOpenApi, type OpenApiDocument } from './openapi-document.ts'

/** GET /openapi.json, made from the schemas that the routes check with. Register it before the routes. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'YAK broker',
        version,
        description:
          'Every HTTP path of a YAK broker. Errors are problem+json; tell them apart by `code`. ' +
          'A field that is not listed is refused, in a body and in a query alike; only pages take any query. ' +
          'The paths under /v1/ are what the SDK speaks; docs/protocol.md has their frames.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'records', description: 'Produce and consume as JSON.' },
        { name: 'topics', description: 'Create, describe and delete topics.' },
        { name: 'broker', description: 'State of the broker and its cluster.' },
        { name: 'v1', description: 'What the SDK speaks.' },
        { name: 'pages', description: 'What the producer and consumer pages speak.' },
      ],
    },
    transform: (document) => {
      const schema = withParametersInline(document.schema)
      const { config } = document.route
      return jsonSchemaTransform({ ...document, schema: config?.leader === true ? withLeaderResponse(schema) : schema })
    },
    transformObject: (document) => finishedOpenApi(jsonSchemaTransformObject(document) as OpenApiDocument) as never,
  })
  app.get('/openapi.json', { schema: { hide: true }, config: { always: true } }, () => app.swagger())
}

/** Parameters are listed one by one, so their schemas cannot be references: a new object has no id to refer to. */
function withParametersInline<Schema extends object>(schema: Schema): Schema {
  const { querystring, params } = (schema ?? {}) as {
    readonly querystring?: z.ZodObject
    readonly params?: z.ZodObject
  }
  return {
    ...schema,
    ...(querystring === undefined ? {} : { querystring: z.strictObject(querystring.shape) }),
    ...(params === undefined ? {} : { params: z.strictObject(params.shape) }),
  }
}

/** Every path that needs the leader sends there. */
function withLeaderResponse<Schema extends object>(schema: Schema): Schema {
  const { response } = schema as { readonly response?: object }
  return { ...schema, response: { ...leaderResponse, ...response } }
}
