import { LIMITS, utf8SizeBytes } from '@yak/protocol'
import { formatBytes } from '../../lib/format.ts'
import { prettyJson, readJson } from '../../lib/json/json-node.ts'
import type { Draft } from './draft.ts'

export interface ValueFault {
  readonly text: string
  /** From 1 on; absent where the fault has no place. */
  readonly line?: number
  readonly column?: number
}

/** Why this value cannot be sent; undefined when it can. */
export function valueFault({ kind, value }: Pick<Draft, 'kind' | 'value'>): ValueFault | undefined {
  if (kind === 'none') return undefined
  const sizeBytes = utf8SizeBytes(value)
  if (sizeBytes > LIMITS.maxRecordBytes) {
    return {
      text: `It has ${formatBytes(sizeBytes)}, and a record may have ${formatBytes(LIMITS.maxRecordBytes)}. Send less.`,
    }
  }
  if (kind === 'text') return undefined
  if (value.trim() === '')
    return { text: 'An empty text is not JSON. Type a value, or choose “No value”.', line: 1, column: 1 }
  const node = readJson(value)
  if (node.kind !== 'fault') return undefined
  const { line, column, message } = node
  return { text: `${message}, in line ${line}, column ${column}.`, line, column }
}

/** Indented by two spaces, numbers as they were typed; unchanged where it is no JSON. */
export function formatValue(value: string): string {
  const node = readJson(value)
  return node.kind === 'fault' ? value : prettyJson(value, node)
}
