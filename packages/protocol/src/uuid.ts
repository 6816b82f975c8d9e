/** A UUID's 16 bytes as text and back; the frames carry topic ids so. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const UUID_BYTES = 16

function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Lower case, with hyphens. */
export function readUuid(bytes: Uint8Array, position: number): string {
  let text = ''
  for (let index = 0; index < UUID_BYTES; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-'
    text += HEX[bytes[position + index]!]
  }
  return text
}

/** @throws TypeError when `uuid` is none. */
export function writeUuid(bytes: Uint8Array, position: number, uuid: string): void {
  if (!isUuid(uuid)) throw new TypeError(`Not a UUID: ${JSON.stringify(uuid)}`)
  let target = position
  for (let index = 0; index < uuid.length; index += 2) {
    if (uuid[index] === '-') index++
    bytes[target++] = (hexDigit(uuid, index) << 4) | hexDigit(uuid, index + 1)
  }
}

/** Digits are 0x30 to 0x39; letters, either case, end in 1 to 6. */
function hexDigit(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  return (unit & 0xf) + (unit >= 0x41 ? 9 : 0)
}
