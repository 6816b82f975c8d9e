import { bytesText, recordText, recordTextJson } from '@yak/protocol'
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

/** One line of JSON, of the shape `GET /consume` gives, with its topic and partition. */
export function recordJson(record: ReadRecord): string {
  const { topic, partition, offset, timestamp, epoch, keyBytes: key, valueBytes: value, rawHeaders: headers } = record
  const text = recordText({ offset, timestamp, epoch, key, value, headers })
  // A line break in JSON text can only be white space between its parts.
  const valueText = text.valueText.replace(/[\r\n]+/g, ' ')
  const fields = recordTextJson({ ...text, valueText }).slice(1)
  return `{"topic":${JSON.stringify(topic)},"partition":${partition},${fields}`
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
  const key = keyBytes === null ? '-' : bytesText(keyBytes).text
  const value = valueBytes === null ? '(no value)' : bytesText(valueBytes).text
  const headers = rawHeaders.map(
    (header) => `${header.key}=${header.value === null ? '' : bytesText(header.value).text}`,
  )
  const headersText = headers.length === 0 ? '' : `  [${headers.join(', ')}]`
  return visibleText(`${key}  ${value}${headersText}`)
}

/** ISO, in UTC; `-` for a record without a time, the number for one that no calendar holds. */
export function timeText(timestamp: number): string {
  if (timestamp < 0) return '-'
  return timestamp > latestDate ? String(timestamp) : new Date(timestamp).toISOString()
}

const latestDate = 8.64e15
