import { utf8SizeBytes } from '@yak/protocol'
import { storedSizeBytes } from '../stored-size.ts'
import { type JsonNode, nodeAt, plainOf, readJson, textOf } from './json-node.ts'

/** A message as the console holds it: the value is the text that was sent, never a parsed number. */
export interface Message {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: number
  readonly epoch: number
  /** Null: no key. */
  readonly key: string | null
  readonly keyEncoding?: 'base64'
  /** The JSON text of the value as it stands in the answer. `encoding` says how it stands for other bytes. */
  readonly valueText: string
  readonly encoding?: 'utf8' | 'base64'
  /** The JSON text of the headers object. */
  readonly headersText: string
  /** Bytes of value and key as they are stored; of a null value none, since that is a record without one. */
  readonly sizeBytes: number
}

export interface ConsumedPage {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly Message[]
  readonly nextOffset: number
  readonly logStartOffset: number
  readonly highWatermark: number
}

/** What `GET /consume` answered, read from its text so that values stay exact. */
export function readConsumeText(text: string): ConsumedPage {
  const root = readJson(text)
  if (root.kind !== 'object') throw new TypeError('The answer of /consume is not a JSON object')
  const records = nodeAt(root, ['records'])
  if (records?.kind !== 'array') throw new TypeError('The answer of /consume has no records')
  const topic = plainOf(text, required(root, 'topic'))
  const partition = numberAt(text, root, 'partition')
  return {
    topic,
    partition,
    messages: records.items.map((record) => readMessage(text, record, topic, partition)),
    nextOffset: numberAt(text, root, 'nextOffset'),
    logStartOffset: numberAt(text, root, 'logStartOffset'),
    highWatermark: numberAt(text, root, 'highWatermark'),
  }
}

/** One record of `/consume` or of a live frame. */
export function readMessage(text: string, record: JsonNode, topic: string, partition: number): Message {
  const key = nodeAt(record, ['key'])
  const keyEncoding = nodeAt(record, ['keyEncoding']) === undefined ? undefined : ('base64' as const)
  const encodingNode = nodeAt(record, ['encoding'])
  const encoding = encodingNode === undefined ? undefined : (plainOf(text, encodingNode) as 'utf8' | 'base64')
  const value = nodeAt(record, ['value'])
  const headers = nodeAt(record, ['headers'])
  const valueText = value === undefined ? 'null' : textOf(text, value)
  const keyText = key === undefined || key.kind === 'null' ? null : plainOf(text, key)
  return {
    topic,
    partition,
    offset: numberAt(text, record, 'offset'),
    timestamp: numberAt(text, record, 'timestamp'),
    epoch: numberAt(text, record, 'epoch'),
    key: keyText,
    ...(keyEncoding === undefined ? {} : { keyEncoding }),
    valueText,
    ...(encoding === undefined ? {} : { encoding }),
    headersText: headers === undefined ? '{}' : textOf(text, headers),
    sizeBytes: valueSizeBytes(valueText, encoding) + (keyText === null ? 0 : storedSizeBytes(keyText, keyEncoding)),
  }
}

/** Bytes of a value as they are stored, of its JSON text. */
export function valueSizeBytes(valueText: string, encoding: Message['encoding']): number {
  if (encoding === undefined) return valueText === 'null' ? 0 : utf8SizeBytes(valueText)
  return storedSizeBytes(JSON.parse(valueText) as string, encoding)
}

function required(node: JsonNode, name: string): JsonNode {
  const found = nodeAt(node, [name])
  if (found === undefined) throw new TypeError(`The field ${name} is missing in the answer`)
  return found
}

/** A number of the protocol, never above 2^53 − 1. */
function numberAt(text: string, node: JsonNode, name: string): number {
  const found = required(node, name)
  const value = Number(textOf(text, found))
  if (!Number.isSafeInteger(value)) throw new TypeError(`The field ${name} is no whole number`)
  return value
}
