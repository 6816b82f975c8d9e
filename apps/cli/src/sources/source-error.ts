/** The input as a whole cannot be read: no such file, no header, bytes of another encoding. One line, with what to do. */
export class SourceError extends Error {
  override readonly name: string = 'SourceError'
}
