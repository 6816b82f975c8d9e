import type { YakClient } from '@yak/client'
import type { TextOption } from './arguments/option.ts'
import { UsageError } from './arguments/usage-error.ts'

/** The flag of every command that talks to brokers. */
export const brokersOption: TextOption & { readonly default: string } = {
  type: 'text',
  placeholder: 'URL,URL',
  description: 'brokers to ask first; one that answers is enough',
  default: 'http://127.0.0.1:5001',
}

export async function openClient(brokers: string): Promise<YakClient> {
  const urls = brokerUrls(brokers)
  // Loaded only here: what needs no broker answers at once.
  const { YakClient } = await import('@yak/client')
  return new YakClient({ brokers: urls })
}

/** `a:5001, http://b:5001/` → `['http://a:5001', 'http://b:5001']` */
function brokerUrls(text: string): string[] {
  const urls = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const url = URL.parse(entry.includes('://') ? entry : `http://${entry}`)
      if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
        throw new UsageError(
          `"${entry}" is no address of a broker. Give --brokers http://HOST:PORT, several with commas.`,
        )
      }
      return url.origin
    })
  if (urls.length === 0) throw new UsageError('--brokers names no broker. Give --brokers http://HOST:PORT.')
  return urls
}
