/** What the SDK needs of node:diagnostics_channel. */
export interface Channel {
  readonly hasSubscribers: boolean
  publish(message: unknown): void
}
