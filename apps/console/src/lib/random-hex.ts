/** Two digits for each byte. For randomUUID a page needs a secure context, and http://10.0.0.5:5001 is none. */
export function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
