/** Bytes of a text in UTF-8; a lone surrogate counts as U+FFFD, which it is written as. */
export function utf8SizeBytes(text: string): number {
  let sizeBytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    sizeBytes++
    if (unit < 0x800) continue
    sizeBytes++
    // A pair is two units and four bytes.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) index++
  }
  return sizeBytes
}

/** Bytes that a text stands for as a message holds them: those of itself, or of what it is the base64 of. */
export function storedSizeBytes(text: string, encoding: 'utf8' | 'base64' | undefined): number {
  if (encoding !== 'base64') return utf8SizeBytes(text)
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.max(0, (text.length / 4) * 3 - padding)
}
