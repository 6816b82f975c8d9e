/** What `GET /health` says, as far as a person in front of `yak dev` wants it. */
export interface BrokerHealth {
  readonly status: string
  readonly role: string
  readonly epoch: number
  readonly leader: { readonly id: string; readonly url: string } | null
  readonly isr: readonly string[]
  readonly reasons: readonly string[]
}

const timeoutMs = 1_000

/** Undefined: nobody answers there. */
export async function healthOf(url: string): Promise<BrokerHealth | undefined> {
  try {
    const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(timeoutMs) })
    return (await response.json()) as BrokerHealth
  } catch {
    return undefined
  }
}
