import { isUtf8 } from 'node:buffer'
import { visibleText } from '../terminal/visible-text.ts'

/** One record as it was read, its bytes untouched. */
export interface ReadRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly epoch: number
  readonly keyBytes: Uint8Array | null
  readonly valueBytes: Uint8Array | null
  readonly rawHeaders: readonly { readonly key: string; readonly value: Uint8Array | null }[]
}

/**
 * One line of JSON, of the shape `GET /consume` gives. A value that is JSON stands as its bytes are, every digit kept; other
 * text is a string marked `"encoding":"utf8"`, other bytes are base64 and marked so.
 */
export function recordJson(record: ReadRecord): string {
  const { topic, partition, offset, timestamp, epoch, keyBytes, valueBytes, rawHeaders } = record
  const key = keyBytes === null ? null : textOf(keyBytes)
  const keyEncoding = key?.isBase64 ? ',"keyEncoding":"base64"' : ''
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestamp},` +
    `"key":${key === null ? 'null' : JSON.stringify(key.text)}${keyEncoding},${valueJson(valueBytes)},` +
    `"headers":${rawHeaders.length === 0 ? '{}' : headersJson(rawHeaders)},"epoch":${epoch}}`
  )
}

/** One line for a person: time, partition and offset, and what the record carries. */
export function recordLine(record: ReadRecord): string {
  return `${timeText(record.timestamp)}  ${record.partition}:${record.offset}  ${contentText(record)}`
}

/** Key, value, and headers where there are any; nothing in it can move a terminal's cursor. */
export function contentText({
  keyBytes,
  valueBytes,
  rawHeaders,
}: Pick<ReadRecord, 'keyBytes' | 'valueBytes' | 'rawHeaders'>): string {
  const key = keyBytes === null ? '-' : textOf(keyBytes).text
  const value = valueBytes === null ? '(no value)' : textOf(valueBytes).text
  const headers = rawHeaders.map((header) => `${header.key}=${header.value === null ? '' : textOf(header.value).text}`)
  const headersText = headers.length === 0 ? '' : `  [${headers.join(', ')}]`
  return visibleText(`${key}  ${value}${headersText}`)
}

/** ISO, in UTC; `-` for a record without a time, the number for one that no calendar holds. */
export function timeText(timestamp: number): string {
  if (timestamp < 0) return '-'
  return timestamp > latestDate ? String(timestamp) : new Date(timestamp).toISOString()
}

const latestDate = 8.64e15

function valueJson(bytes: Uint8Array | null): string {
  if (bytes === null) return '"value":null'
  const { text, isBase64 } = textOf(bytes)
  if (isBase64) return `"value":"${text}","encoding":"base64"`
  // A line break in JSON text can only be white space between its parts.
  if (isJson(text)) return `"value":${text.replace(/[\r\n]+/g, ' ')}`
  return `"value":${JSON.stringify(text)},"encoding":"utf8"`
}

function textOf(bytes: Uint8Array): { readonly text: string; readonly isBase64: boolean } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer)
    ? { text: buffer.toString('utf8'), isBase64: false }
    : { text: buffer.toString('base64'), isBase64: true }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

type HeaderValue = string | null | { readonly base64: string }

/** A name that occurs more than once has a list. */
function headersJson(headers: ReadRecord['rawHeaders']): string {
  const values = new Map<string, HeaderValue[]>()
  for (const { key, value } of headers) values.set(key, [...(values.get(key) ?? []), headerValue(value)])
  const fields = [...values].map(
    ([key, list]) => `${JSON.stringify(key)}:${JSON.stringify(list.length === 1 ? list[0] : list)}`,
  )
  return `{${fields.join(',')}}`
}

function headerValue(bytes: Uint8Array | null): HeaderValue {
  if (bytes === null) return null
  const { text, isBase64 } = textOf(bytes)
  return isBase64 ? { base64: text } : text
}
