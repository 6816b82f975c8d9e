import { base64Of, decodeUtf8 } from '#text'

/** A record's bytes, as a batch holds them. */
export interface RecordBytes {
  /** The offset in its partition. */
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** The leader epoch under which its batch was appended. */
  readonly epoch: number
  /** Null: no key. */
  readonly key: Uint8Array | null
  /** Null: no value, a tombstone. */
  readonly value: Uint8Array | null
  /** In the order they were sent; a name may occur more than once. */
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]
}

type HeaderText = string | null | { base64: string }

/**
 * A record as JSON tells of it; see `consumedRecordSchema`. Nothing is lost on the way: bytes that are no UTF-8 stand in
 * base64 and are marked so, a header that occurs more than once has a list.
 */
export interface RecordText {
  /** The offset in its partition. */
  readonly offset: number
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: number
  /** Null: no key. Text, or base64 where `keyEncoding` says so. */
  readonly key: string | null
  /** Undefined where the key is text, or there is none. */
  readonly keyEncoding: 'base64' | undefined
  /** The value's own JSON text, every digit kept; a JSON string of what is not JSON; `null` without a value. */
  readonly valueText: string
  /** How the string stands for the value; undefined when the value is JSON, or there is none. */
  readonly encoding: 'utf8' | 'base64' | undefined
  /** By name: text, null without a value, `{ base64 }` for bytes that are no UTF-8, a list where a name occurs more than once. */
  readonly headers: Record<string, HeaderText | HeaderText[]>
  /** The leader epoch under which its batch was appended. */
  readonly epoch: number
}

/** Bytes as text: themselves where they are UTF-8, base64 otherwise. */
export interface BytesText {
  /** Of the bytes; what JSON holds without loss. */
  readonly text: string
  /** `utf8`: the text is the bytes. `base64`: it stands for them. */
  readonly encoding: 'utf8' | 'base64'
}

/** The text of any bytes, with how it stands for them. Never throws. */
export function bytesText(bytes: Uint8Array): BytesText {
  const text = decodeUtf8(bytes)
  return text === undefined ? { text: base64Of(bytes), encoding: 'base64' } : { text, encoding: 'utf8' }
}

/** A record's parts as JSON can hold them. Never throws: what is no UTF-8 becomes base64. */
export function recordText({ offset, timestamp, epoch, key, value, headers }: RecordBytes): RecordText {
  const keyText = key === null ? undefined : bytesText(key)
  const { valueText, encoding } = value === null ? NO_VALUE : valueTextOf(value)
  return {
    offset,
    timestamp,
    key: keyText?.text ?? null,
    keyEncoding: keyText?.encoding === 'base64' ? 'base64' : undefined,
    valueText,
    encoding,
    headers: headersOf(headers),
    epoch,
  }
}

/** One record as it stands in the answer of GET /consume, with its value spliced in as the JSON it is. */
export function recordTextJson(record: RecordText): string {
  const keyEncoding = record.keyEncoding === undefined ? '' : `,"keyEncoding":"${record.keyEncoding}"`
  const encoding = record.encoding === undefined ? '' : `,"encoding":"${record.encoding}"`
  return (
    `{"offset":${record.offset},"timestamp":${record.timestamp},"key":${JSON.stringify(record.key)}${keyEncoding},` +
    `"value":${record.valueText}${encoding},"headers":${JSON.stringify(record.headers)},"epoch":${record.epoch}}`
  )
}

const NO_VALUE = { valueText: 'null', encoding: undefined } as const

function valueTextOf(bytes: Uint8Array): Pick<RecordText, 'valueText' | 'encoding'> {
  const { text, encoding } = bytesText(bytes)
  // The text itself, not what parsing made of it: numbers keep every digit they were sent with.
  if (encoding === 'utf8' && isJson(text)) return { valueText: text, encoding: undefined }
  return { valueText: JSON.stringify(text), encoding }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function headersOf(headers: RecordBytes['headers']): RecordText['headers'] {
  if (headers.length === 0) return {}
  const texts = new Map<string, HeaderText | HeaderText[]>()
  for (const { key, value } of headers) {
    const text = value === null ? null : headerText(value)
    const before = texts.get(key)
    if (before === undefined) texts.set(key, text)
    else texts.set(key, Array.isArray(before) ? [...before, text] : [before, text])
  }
  // Not by assignment: a header may be named `__proto__`.
  return Object.fromEntries(texts)
}

function headerText(bytes: Uint8Array): HeaderText {
  const { text, encoding } = bytesText(bytes)
  return encoding === 'utf8' ? text : { base64: text }
}
