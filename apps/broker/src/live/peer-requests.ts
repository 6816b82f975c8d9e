import { LIMITS } from '@yak/protocol'
import type { z } from 'zod'
import { messageOf } from '../message-of.ts'

/** Why a peer's answer could not be had; the message is a sentence for a person. */
export class PeerRequestError extends Error {
  override readonly name = 'PeerRequestError'
  readonly code: 'NO_ANSWER' | 'WRONG_ANSWER'

  constructor(code: PeerRequestError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * Asks a peer for JSON, within bounds of time and size: a peer that is slow, or is no broker at all, costs no more than them.
 * Throws `PeerRequestError`.
 */
export async function askPeer<Schema extends z.ZodType>(
  url: string,
  path: string,
  schema: Schema,
  { timeoutMs = LIMITS.peerAnswerMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<z.output<Schema>> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signals = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
  let text: string
  let status: number
  try {
    const response = await fetch(`${url}${path}`, {
      signal: signals,
      redirect: 'error',
      headers: { accept: 'application/json' },
    })
    status = response.status
    text = await boundedText(response)
  } catch (cause) {
    const why = timeout.aborted ? `did not answer within ${timeoutMs} ms` : `does not answer: ${reasonOf(cause)}`
    throw new PeerRequestError('NO_ANSWER', `${url} ${why}.`, { cause })
  }
  const parsed = schema.safeParse(jsonOf(text))
  if (status === 200 && parsed.success) return parsed.data
  throw new PeerRequestError(
    'WRONG_ANSWER',
    `${url}${path} answers ${status} ${parsed.success ? '' : 'with what is not asked for: '}${text.slice(0, 200)}`,
  )
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let sizeBytes = 0
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length
    if (sizeBytes > LIMITS.maxPeerAnswerBytes) throw new Error(`more than ${LIMITS.maxPeerAnswerBytes} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: string } }
  return cause?.code ?? messageOf(error)
}
