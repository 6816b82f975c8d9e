import type { Message } from '../lib/json/consume-text.ts'
import { compactJson } from '../lib/json/json-node.ts'
import { visibleText } from '../lib/visible-text.ts'
import { VisibleText } from './visible-text.tsx'

/** Longer values end in an ellipsis: a row has no room for more. */
const previewLength = 300

/** The key of a row: none, an empty one and bytes that are no text each say so. */
export function KeyText({ message: { key, keyEncoding } }: { message: Pick<Message, 'key' | 'keyEncoding'> }) {
  if (key === null) return <span className="font-sans text-text-3">no key</span>
  if (key === '') return <span className="font-sans text-text-3">empty</span>
  return (
    <span title={visibleText(key)}>
      {keyEncoding === undefined ? null : <span className="text-text-3">base64 </span>}
      <VisibleText>{key}</VisibleText>
    </span>
  )
}

/** The value of a row, in one line. */
export function ValueText({ message: { valueText, encoding } }: { message: Pick<Message, 'valueText' | 'encoding'> }) {
  if (encoding === undefined && valueText === 'null') return <span className="text-text-3">null</span>
  return (
    <>
      {encoding === 'base64' ? <span className="text-text-3">base64 </span> : null}
      <VisibleText>{compactJson(valueText, previewLength)}</VisibleText>
    </>
  )
}
