import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

/** What the OpenAPI document says of one answer. */
interface DocumentedResponse {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
  readonly headers?: Readonly<Record<string, unknown>>
}

type DocumentedPath = Readonly<Record<string, { readonly responses: Readonly<Record<string, DocumentedResponse>> }>>

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, DocumentedPath>>
}

/** Paths that the document leaves out on purpose, for pages and other brokers, and the document itself. */
const hiddenPaths = /^\/(openapi\.json|console(\/.*)?|v1\/replica\/.*)$/

export interface GivenAnswer {
  readonly method: string
  /** With or without a query. */
  readonly path: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** The OpenAPI document of a broker, to hold its answers against. */
export class DocumentedAnswers {
  readonly #document: OpenApiDocument
  readonly #ajv: Ajv2020
  readonly #validators = new Map<string, ValidateFunction>()

  constructor(document: OpenApiDocument) {
    this.#document = document
    // The schemas speak of formats for readers, and OpenAPI has words that JSON Schema does not know.
    this.#ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
    this.#ajv.addSchema(document, 'document')
  }

  static async of(url: string): Promise<DocumentedAnswers> {
    const response = await fetch(new URL('/openapi.json', url))
    return new DocumentedAnswers((await response.json()) as OpenApiDocument)
  }

  /** The status of an answer, its content type and its body are what the document says of its path and method. */
  expectDocumented({ method, path, status, headers, text }: GivenAnswer): void {
    const pathname = new URL(path, 'http://broker').pathname
    if (hiddenPaths.test(pathname)) return
    const shown = `${method} ${pathname.slice(0, 200)} ${status}`
    const mediaType = headers.get('content-type')?.split(';')[0]
    const template = this.#templateOf(pathname)
    const operation = this.#document.paths[template ?? '']?.[method === 'HEAD' ? 'get' : method.toLowerCase()]
    if (template === undefined || operation === undefined) {
      // Nothing has this path, or not this method: only a problem can say so.
      expect([404, 405, 400], shown).toContain(status)
      expect(mediaType, shown).toBe('application/problem+json')
      if (method !== 'HEAD') this.#expectValid('#/components/schemas/Problem', JSON.parse(text), shown)
      return
    }
    const { responses } = operation
    const key = [String(status), `${Math.floor(status / 100)}XX`].find((each) => each in responses)
    expect(key, `${shown} is documented`).toBeDefined()
    const response = responses[key!]!
    for (const name of Object.keys(response.headers ?? {})) expect(headers.has(name), `${shown} ${name}`).toBe(true)
    if (method === 'HEAD') return
    const types = Object.keys(response.content ?? {})
    if (types.length === 0) {
      expect(text, shown).toBe('')
      return
    }
    expect(types, `${shown} is documented as`).toContain(mediaType)
    const place = ['paths', template, method.toLowerCase(), 'responses', key!, 'content', mediaType!, 'schema']
    this.#expectValid(
      `#/${place.map(pointerPart).join('/')}`,
      /json$/.test(mediaType!) ? JSON.parse(text) : text,
      shown,
    )
  }

  #expectValid(pointer: string, body: unknown, shown: string): void {
    let validate = this.#validators.get(pointer)
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: `document${pointer}` })
      this.#validators.set(pointer, validate)
    }
    const errors = validate(body) ? [] : validate.errors!
    expect(
      errors.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`),
      `${shown} is as the document says`,
    ).toEqual([])
  }

  /** One without parameters before one with them. */
  #templateOf(pathname: string): string | undefined {
    if (pathname in this.#document.paths) return pathname
    const parts = pathname.split('/')
    return Object.keys(this.#document.paths).find((template) => {
      const expected = template.split('/')
      return expected.length === parts.length && expected.every((part, at) => /^{.*}$/.test(part) || part === parts[at])
    })
  }
}

function pointerPart(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))
}
