import type { Message } from './json/consume-text.ts'

/** What fits into an address; more is better copied. */
const maxLength = 60_000

/** Why a message cannot be handed to the producer page; undefined when it can. */
export function resendProblem({ keyEncoding, encoding, valueText, key }: Message): string | undefined {
  if (encoding === 'base64' || keyEncoding !== undefined) return 'Its bytes are no text, so they cannot be edited here.'
  if (valueText.length + (key?.length ?? 0) > maxLength) return 'It is too large for a link. Copy its value instead.'
  return undefined
}

/**
 * The producer page's search: the value is JSON text, so that every digit stays, and braces in it are its own. No partition: the
 * key chooses it.
 */
export function resendSearch({ topic, key, valueText }: Message): {
  topic: string
  key?: string
  value: string
  asTyped: true
} {
  return { topic, ...(key === null ? {} : { key }), value: valueText, asTyped: true }
}
