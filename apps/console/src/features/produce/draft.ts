import { headerTexts } from '../../lib/resend.ts'
import { hasPlaceholders } from './placeholders.ts'

/** What the form holds. Text as typed: numbers keep their digits, and what is not valid yet is not lost. */
export interface Draft {
  /** Null: no key, which is not the same as an empty one. */
  readonly key: string | null
  /** Null: the key decides, or without one any. */
  readonly partition: number | null
  readonly kind: ValueKind
  readonly value: string
  readonly headers: readonly (readonly [name: string, text: string])[]
  /** What stands in double braces is sent as it stands, and not filled in. */
  readonly asTyped?: boolean
}

/** `none`: a record without a value, which deletes its key where topics are compacted. */
export type ValueKind = 'json' | 'text' | 'none'

export const emptyDraft: Draft = { key: null, partition: null, kind: 'json', value: '{\n  \n}', headers: [] }

/** A draft as it was stored; undefined for anything else. */
export function draftOf(stored: unknown): Draft | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const { key, partition, kind, value, headers, asTyped } = stored as Record<string, unknown>
  if (key !== null && typeof key !== 'string') return undefined
  if (partition !== null && !Number.isSafeInteger(partition)) return undefined
  if (kind !== 'json' && kind !== 'text' && kind !== 'none') return undefined
  if (typeof value !== 'string' || !Array.isArray(headers) || !headers.every(isHeader)) return undefined
  return {
    key,
    partition: partition as number | null,
    kind,
    value,
    headers,
    ...(asTyped === true ? { asTyped } : {}),
  }
}

const isHeader = (header: unknown): header is readonly [string, string] =>
  Array.isArray(header) && header.length === 2 && header.every((part) => typeof part === 'string')

/** What the URL asks for, over what was there; a message that was sent is all of it. */
export function prefilled(
  draft: Draft,
  asked: {
    readonly key?: string | undefined
    readonly value?: string | undefined
    readonly kind?: ValueKind | undefined
    /** JSON text, as a message has it. */
    readonly headers?: string | undefined
    readonly partition?: number | undefined
    /** It is a message that was sent: braces in it are its own. */
    readonly asTyped?: boolean | undefined
  },
): Draft {
  const { key, value, kind, partition, asTyped } = asked
  const isSent = asTyped === true && value !== undefined
  const before = isSent ? emptyDraft : draft
  const headers = asked.headers === undefined ? undefined : headerTexts(asked.headers)
  const texts = [key, value, ...(headers ?? []).map(([, text]) => text)]
  return {
    ...before,
    ...(key === undefined ? {} : { key }),
    ...(partition === undefined ? {} : { partition }),
    ...(value === undefined ? {} : { value, kind: kind ?? (before.kind === 'none' ? 'json' : before.kind) }),
    ...(headers === undefined ? {} : { headers }),
    ...(value === undefined || !texts.some((text) => hasPlaceholders(text ?? '')) ? {} : { asTyped: isSent }),
  }
}

/**
 * A search parameter as text. The router gives `{"total":1.0}` typed into the address as an object, whose numbers are rounded;
 * the address itself still has every digit.
 */
export function searchText(parsed: unknown, name: string, query: string): string | undefined {
  if (parsed === undefined || typeof parsed === 'string') return parsed
  return new URLSearchParams(query).get(name) ?? undefined
}
