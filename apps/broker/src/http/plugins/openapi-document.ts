import { frameContentType } from './body-parsers.ts'

/** As much of an OpenAPI document as is looked at here. */
export interface OpenApiDocument {
  paths?: Record<string, Record<string, OpenApiOperation>>
  components?: { schemas?: Record<string, object> }
}

interface OpenApiOperation {
  requestBody?: unknown
  responses?: Record<string, { description?: string; headers?: object }>
  /** Says that the body is a frame of the binary protocol, which no schema can check. */
  'x-frame'?: string
  /** Names the field of a form that holds a file. */
  'x-upload'?: string
}

const componentReference = '#/components/schemas/'

/** Of a 307: what `curl -L` and browsers follow. */
const leaderHeaders = {
  location: { description: 'The same path and query at the leader.', schema: { type: 'string', format: 'uri' } },
}

/** What the generator leaves undone: bodies that are frames, words for plain answers, and schemas nobody refers to. */
export function finishedOpenApi<Document extends OpenApiDocument>(document: Document): Document {
  for (const operation of Object.values(document.paths ?? {}).flatMap((path) => Object.values(path))) {
    const frame = operation['x-frame']
    if (frame !== undefined) {
      operation.requestBody = {
        required: true,
        description: frame,
        content: { [frameContentType]: { schema: { type: 'string', format: 'binary' } } },
      }
      delete operation['x-frame']
    }
    const upload = operation['x-upload']
    if (upload !== undefined) {
      const file = { type: 'string', format: 'binary' }
      const schema = { type: 'object', required: [upload], properties: { [upload]: file } }
      operation.requestBody = { required: true, content: { 'multipart/form-data': { schema } } }
      delete operation['x-upload']
    }
    for (const [status, response] of Object.entries(operation.responses ?? {})) {
      if (status === '307') response.headers = leaderHeaders
      if (response.description === 'Default Response') response.description = 'What was asked for.'
    }
  }
  const schemas = document.components?.schemas ?? {}
  restoreExamples(schemas)
  const used = new Set<string>()
  collectReferences(document.paths, schemas, used)
  const components = {
    ...document.components,
    schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name))),
  }
  return { ...document, components }
}

/** Zod drops the examples of what a request may be where a part of it is converted; they stand on its other form. */
function restoreExamples(schemas: Readonly<Record<string, unknown>>): void {
  for (const [name, schema] of Object.entries(schemas)) {
    const parsed = schemas[name.replace(/Input$/, '')] as { readonly examples?: unknown[] } | undefined
    if (parsed?.examples !== undefined) Object.assign(schema as object, { examples: parsed.examples })
  }
}

function collectReferences(value: unknown, schemas: Readonly<Record<string, unknown>>, used: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    if (key !== '$ref' || typeof child !== 'string') {
      collectReferences(child, schemas, used)
      continue
    }
    const name = child.slice(componentReference.length)
    if (used.has(name)) continue
    used.add(name)
    collectReferences(schemas[name], schemas, used)
  }
}
