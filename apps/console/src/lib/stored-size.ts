import { utf8SizeBytes } from '@yak/protocol'

/** Bytes that a text stands for as a message holds them: those of itself, or of what it is the base64 of. */
export function storedSizeBytes(text: string, encoding: 'utf8' | 'base64' | undefined): number {
  if (encoding !== 'base64') return utf8SizeBytes(text)
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.max(0, (text.length / 4) * 3 - padding)
}
