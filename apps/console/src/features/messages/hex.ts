/** Lines of sixteen bytes: place, hex and the printable characters, as `hexdump -C` has them. */
export function hexLines(bytes: Uint8Array, from = 0, count = 256): readonly string[] {
  const lines: string[] = []
  for (let at = from; at < bytes.length && lines.length < count; at += 16) {
    const row = bytes.subarray(at, at + 16)
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0'))
    const left = hex.slice(0, 8).join(' ').padEnd(23)
    const right = hex.slice(8).join(' ').padEnd(23)
    const shown = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${left}  ${right}  ${shown}`)
  }
  return lines
}

/** The bytes of a value or key as they lie in the log. */
export function bytesOf(text: string, encoding: 'utf8' | 'base64' | undefined): Uint8Array {
  if (encoding !== 'base64') return new TextEncoder().encode(text)
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
