import { SourceError } from '@yak/rows'

/** A file, or standard input, that the operating system does not give: no row of it was looked at. */
export class UnreadableFile extends SourceError {
  override readonly name: string = 'UnreadableFile'
  /** The system's code, such as ENOENT. */
  readonly systemCode: string

  constructor(message: string, systemCode: string) {
    super(message)
    this.systemCode = systemCode
  }
}
