/** Of a line with sixteen bytes. */
export const wideHexLength = 76

/** Lines of sixteen bytes, or of eight: place, hex and the printable characters, as `hexdump -C` has them. */
export function hexLines(bytes: Uint8Array, perLine: 8 | 16, count: number): readonly string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length && lines.length < count; at += perLine) {
    const row = bytes.subarray(at, at + perLine)
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0'))
    const groups = Array.from({ length: perLine / 8 }, (_, group) =>
      hex
        .slice(group * 8, group * 8 + 8)
        .join(' ')
        .padEnd(23),
    )
    const shown = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push([at.toString(16).padStart(8, '0'), ...groups, shown].join('  '))
  }
  return lines
}

/** The bytes of a value or key as they lie in the log. */
export function bytesOf(text: string, encoding: 'utf8' | 'base64' | undefined): Uint8Array {
  if (encoding !== 'base64') return new TextEncoder().encode(text)
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
