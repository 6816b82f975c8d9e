import { allocate } from '#platform'

/** The chunks in one array; a single chunk as it is. */
export function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  let sizeBytes = 0
  for (const chunk of chunks) sizeBytes += chunk.length
  const bytes = allocate(sizeBytes)
  let position = 0
  for (const chunk of chunks) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  return bytes
}
