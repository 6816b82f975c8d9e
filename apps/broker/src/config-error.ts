/** A wrong flag, variable or value. The message is one line and says what is allowed. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
}
