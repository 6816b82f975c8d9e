import { YakError } from '@yak/protocol'
import type { BrokerReference, MissingBroker } from '@yak/protocol/schemas'
import type { z } from 'zod'
import { messageOf } from '../message-of.ts'
import { askPeer } from './peer-requests.ts'

/** The broker that is asked has no URL here: it needs no request. */
export interface AskedMember {
  readonly id: string
  readonly url?: string
}

/** Who is meant by `self`, `all` or an id. Throws INVALID_REQUEST for one that is no member. */
export function askedMembers(broker: string, ownId: string, members: readonly BrokerReference[]): AskedMember[] {
  if (broker === 'self' || broker === ownId) return [{ id: ownId }]
  const others = members.filter(({ id }) => id !== ownId)
  if (broker === 'all') return [{ id: ownId }, ...others]
  const peer = others.find(({ id }) => id === broker)
  if (peer !== undefined) return [peer]
  const ids = [ownId, ...others.map(({ id }) => id)].sort().join(', ')
  throw new YakError('INVALID_REQUEST', `There is no broker ${broker} in this cluster. Its brokers are ${ids}.`)
}

/** What one broker tells of itself. */
interface OwnWords {
  readonly brokerId: string
}

/** What brokers tell of themselves, by id, and who could not be asked. */
export interface MemberWords<Words extends OwnWords> {
  readonly brokers: Words[]
  readonly missing: MissingBroker[]
}

/**
 * What each of the members that are meant tells of itself: this one at once, the others when they are asked for their own at
 * `path`, where they answer with `schema`.
 */
export async function membersWords<Words extends OwnWords>(
  asked: readonly AskedMember[],
  own: () => Words,
  path: string,
  schema: z.ZodType<{ readonly brokers: readonly Words[] }>,
): Promise<MemberWords<Words>> {
  const brokers: Words[] = []
  const missing: MissingBroker[] = []
  await Promise.all(
    asked.map(async ({ id, url }) => {
      try {
        brokers.push(url === undefined ? own() : await wordsOf(id, url, path, schema))
      } catch (error) {
        missing.push({ brokerId: id, detail: messageOf(error) })
      }
    }),
  )
  return { brokers: brokers.sort(byBroker), missing: missing.sort(byBroker) }
}

async function wordsOf<Words extends OwnWords>(
  id: string,
  url: string,
  path: string,
  schema: z.ZodType<{ readonly brokers: readonly Words[] }>,
): Promise<Words> {
  const [words] = (await askPeer(url, path, schema)).brokers
  // Another broker at the URL of this member: its words would be taken for those of the member.
  if (words?.brokerId !== id) throw new Error(`${url} is broker ${words?.brokerId ?? 'nobody'} and not ${id}.`)
  return words
}

function byBroker(left: OwnWords, right: OwnWords): number {
  return left.brokerId < right.brokerId ? -1 : 1
}
