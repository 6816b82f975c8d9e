import { expect } from 'vitest'
import { DocumentedAnswers } from './documented-answers.ts'
import type { Target } from './target.ts'

export interface JsonAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a black box: what the tests expect of it is what they check
  readonly body: any
}

export interface JsonRequest {
  readonly method?: string
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

const documents = new Map<string, Promise<DocumentedAnswers>>()

/** Fails for an answer that is not as the broker's own OpenAPI document says. */
export async function expectDocumented(
  target: Target,
  path: string,
  method: string,
  response: Response,
  text: string,
): Promise<void> {
  let document = documents.get(target.url)
  if (document === undefined) {
    document = DocumentedAnswers.of(target.url)
    documents.set(target.url, document)
  }
  ;(await document).expectDocumented({ method, path, status: response.status, headers: response.headers, text })
}

/** Every answer is held against the OpenAPI document as well. */
export async function call(target: Target, path: string, request: JsonRequest = {}): Promise<JsonAnswer> {
  const { method = request.body === undefined ? 'GET' : 'POST', body, headers } = request
  const response = await fetch(new URL(path, target.url), {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  await expectDocumented(target, path, method, response, text)
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : text }
}

/** The answer is problem+json with this code, says what to do, and can be found again in the broker's log. */
export function expectProblem(answer: JsonAnswer, code: string, status: number): void {
  expect(answer.body).toMatchObject({ code, status, type: `urn:yak:error:${code}` })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'))
  expect(answer.body.detail.length).toBeGreaterThan(20)
  expect(typeof answer.body.retriable).toBe('boolean')
}

/** End offsets of every partition: what a refused request must leave as they were. */
export async function endOffsets(target: Target, topic: string): Promise<number[]> {
  const { body } = await call(target, `/topics/${topic}`)
  return body.partitions.map((partition: { logEndOffset: number }) => partition.logEndOffset)
}

export async function createTopic(target: Target, name: string, partitions = 3): Promise<{ readonly id: string }> {
  const answer = await call(target, '/topics', { body: { name, partitions } })
  expect(answer.status).toBe(201)
  return answer.body
}
