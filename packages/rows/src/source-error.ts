export type SourceErrorCode = 'INVALID_CSV' | 'INVALID_RECORD' | 'KEY_FIELD_NOT_FOUND'

/** The input as a whole cannot be read: no such file, no header, bytes of another encoding. One line, with what to do. */
export class SourceError extends Error {
  override readonly name: string = 'SourceError'
  /** What kind of input cannot be read. */
  readonly code: SourceErrorCode

  constructor(message: string, code: SourceErrorCode = 'INVALID_CSV') {
    super(message)
    this.code = code
  }
}
