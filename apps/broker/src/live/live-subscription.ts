/** What a connection keeps of a subscription. */
export interface LiveSubscription {
  /** Nothing is sent any more. Idempotent. */
  close(): void
  grant?(messages: number, bytes: number): void
}

/** What a subscription may do with its connection. */
export interface SubscriptionPort {
  readonly id: string
  /** Resolves when the frame is on its way, or the connection gone. */
  send(text: string): Promise<void>
  /** A data frame with the next `seq`, to be sent; `fields` are its own as JSON, without the braces. */
  dataFrame(fields: string): string
  /** Tells why the subscription is over, and forgets it. */
  fail(error: unknown): void
  /** Calls back once when the subscription is over, at once if it is. Returns how to stop listening. */
  onEnd(listener: () => void): () => void
}
