import type { Message } from '../../lib/json/consume-text.ts'

/** A key as a link names it: binary ones in base64. */
export interface JourneyKey {
  readonly key: string
  readonly keyEncoding?: 'base64' | undefined
}

/** One message of a key, and what came between it and the one before. */
export interface JourneyStep {
  readonly message: Message
  /** Null: the first that was found. */
  readonly previous: Message | null
  /** Since the one before; null: the first, or one of the two has no time. */
  readonly sinceMs: number | null
  /** It went to another partition than the one before, so nothing but their times says which was first. */
  readonly movedFrom: number | null
}

/** The messages of one key in the order of time, each beside the one before it. */
export function journeyOf(messages: readonly Message[], { key, keyEncoding }: JourneyKey): readonly JourneyStep[] {
  const own = messages.filter((each) => each.key === key && each.keyEncoding === keyEncoding)
  return own.map((message, index) => {
    const previous = own[index - 1] ?? null
    const timed = previous !== null && previous.timestamp >= 0 && message.timestamp >= 0
    return {
      message,
      previous,
      sinceMs: timed ? message.timestamp - previous.timestamp : null,
      movedFrom: previous !== null && previous.partition !== message.partition ? previous.partition : null,
    }
  })
}

export function journeySearchOf({ key, keyEncoding }: Message): { key: string; enc?: 'base64' } | undefined {
  if (key === null) return undefined
  return keyEncoding === undefined ? { key } : { key, enc: keyEncoding }
}
