/** What one broker itself answers, whoever leads: nothing is followed, nothing is tried again. */
export interface RawAnswer {
  /** 0: no answer. */
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export async function rawCall(
  url: string,
  options: { readonly method?: string; readonly body?: unknown; readonly timeoutMs?: number } = {},
): Promise<RawAnswer> {
  const { method = options.body === undefined ? 'GET' : 'POST', body, timeoutMs = 10_000 } = options
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
  } catch {
    return { status: 0, body: {} }
  }
}
