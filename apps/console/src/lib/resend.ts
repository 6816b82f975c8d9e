import type { Message } from './json/consume-text.ts'

/** What fits into an address; more is better copied. */
const maxLength = 60_000

/** Why a message cannot be handed to the producer page; undefined when it can. */
export function resendProblem({ keyEncoding, encoding, valueText, headersText, key }: Message): string | undefined {
  if (encoding === 'base64' || keyEncoding !== undefined) return 'Its bytes are no text, so they cannot be edited here.'
  if (headerTexts(headersText) === undefined) return 'A header of it is no text, so it cannot be edited here.'
  if (valueText.length + headersText.length + (key?.length ?? 0) > maxLength)
    return 'It is too large for a link. Copy its value instead.'
  return undefined
}

/**
 * The producer page's search: the value is JSON text, so that every digit stays, or, where it was sent as text, that text; and
 * braces in it are its own. No partition: the key chooses it.
 */
export function resendSearch({ topic, key, valueText, encoding, headersText }: Message): {
  topic: string
  key?: string
  value: string
  kind?: 'text' | 'none'
  headers?: string
  asTyped: true
} {
  return {
    topic,
    ...(key === null ? {} : { key }),
    ...(encoding === 'utf8' ? { value: JSON.parse(valueText) as string, kind: 'text' } : { value: valueText }),
    ...(valueText === 'null' ? { kind: 'none' } : {}),
    ...(headersText === '{}' ? {} : { headers: headersText }),
    asTyped: true,
  }
}

/** The headers of a JSON text, as `Message` has it, one by one; undefined where one is no text, or the text is no such object. */
export function headerTexts(headersText: string): readonly (readonly [name: string, text: string])[] | undefined {
  let headers: unknown
  try {
    headers = JSON.parse(headersText)
  } catch {
    return undefined
  }
  if (typeof headers !== 'object' || headers === null) return undefined
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each: unknown) => [name, each] as const),
  )
  return pairs.every((pair): pair is readonly [string, string] => typeof pair[1] === 'string') ? pairs : undefined
}
