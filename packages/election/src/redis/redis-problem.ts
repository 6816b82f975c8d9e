import { type ErrorCode, YakError } from '@yak/protocol'

/** What the messages name: where Redis is, and the setting an operator would change. */
export interface RedisProblemContext {
  readonly address: string
  readonly setting: string
}

/**
 * Redis answered with an error. Its first word is a code and part of its protocol; the rest is free text. Whatever Redis refuses
 * has not happened: each script writes once, and after that nothing in it can fail.
 */
export function replyProblem(reply: Error, context: RedisProblemContext): YakError {
  const { code, advice } = readReply(reply.message, context)
  const message = `Redis at ${context.address} refuses: ${wordsOf(reply)}. ${advice}`
  return new YakError(code, message, { details: { address: context.address }, cause: reply })
}

/** Without the place in the script, what was asked, and the full stop: none of it means anything to an operator. */
function wordsOf({ message }: Error): string {
  return message
    .replace(/ script: [0-9a-f]{40}, on @user_script:\d+\.?$/, '')
    .replace(/, with args beginning with: .*$/s, '')
    .replace(/, otherwise the HELLO AUTH .*$/s, '')
    .replace(/\.+$/, '')
}

/** It is a replica now: the name in the setting may lead to the primary when it is looked up again. */
export function isReadOnlyReply({ message }: Error): boolean {
  return replyCodeOf(message) === 'READONLY'
}

function readReply(text: string, { setting }: RedisProblemContext): { code: ErrorCode; advice: string } {
  switch (replyCodeOf(text)) {
    case 'NOAUTH':
      return {
        code: 'COORDINATOR_ACCESS_DENIED',
        advice: `It asks for a password and ${setting} has none: write redis://:PASSWORD@host:port.`,
      }
    case 'WRONGPASS':
      return { code: 'COORDINATOR_ACCESS_DENIED', advice: `Correct the user or the password in ${setting}.` }
    case 'NOPERM':
      return permissionProblem(setting)
    case 'DENIED':
      return {
        code: 'COORDINATOR_ACCESS_DENIED',
        advice: `It is in protected mode: give it a password, and name that in ${setting}.`,
      }
    case 'READONLY':
      return {
        code: 'COORDINATOR_READ_ONLY',
        advice: `It is a replica: name the primary in ${setting}, or its Sentinels (redis+sentinel://…).`,
      }
    case 'MISCONF':
    case 'NOREPLICAS':
      return { code: 'COORDINATOR_READ_ONLY', advice: 'Mend its disk or its replicas; it takes no writes until then.' }
    case 'OOM':
      return {
        code: 'COORDINATOR_FULL',
        advice: 'Raise its maxmemory or remove keys; the record is a few hundred bytes.',
      }
    case 'LOADING':
    case 'BUSY':
    case 'MASTERDOWN':
    case 'CLUSTERDOWN':
    case 'TRYAGAIN':
      return { code: 'COORDINATOR_BUSY', advice: 'It is asked again until it is ready.' }
    case 'MOVED':
    case 'ASK':
    case 'CROSSSLOT':
      return {
        code: 'COORDINATOR_INVALID',
        advice: `It is part of a Redis Cluster: name a single Redis, or Sentinels, in ${setting}.`,
      }
    case 'WRONGTYPE':
    case 'INVALIDRECORD':
      return {
        code: 'COORDINATOR_INVALID',
        advice: `The key of the lease holds something else: choose another database or prefix in ${setting}, or delete the key.`,
      }
    default:
      // Refusals worth telling apart that have no code of their own.
      if (text.startsWith("ERR The user executing the script can't")) return permissionProblem(setting)
      if (text.startsWith('ERR max number of clients')) {
        return { code: 'COORDINATOR_BUSY', advice: 'Raise its maxclients, or find who keeps connections open.' }
      }
      if (text.startsWith('ERR DB index is out of range')) {
        return { code: 'COORDINATOR_INVALID', advice: `Correct the database, the number at the end of ${setting}.` }
      }
      if (/^ERR unknown command .eval/i.test(text)) {
        return {
          code: 'COORDINATOR_INVALID',
          advice: `Is it a Sentinel? Then write redis+sentinel://… in ${setting}; else name a Redis there.`,
        }
      }
      return { code: 'COORDINATOR_INVALID', advice: `Check that ${setting} names a Redis of version 6.2 or later.` }
  }
}

/** Redis refused to push: what that costs, and what to allow. */
export function noPushesRemark(reply: Error, pollMs: number, { address, setting }: RedisProblemContext): string {
  return (
    `Redis at ${address} does not let the user of ${setting} subscribe (${wordsOf(reply)}): changes of the lease are not told, and are ` +
    `seen at the next look, every ${pollMs} ms. Give it what it needs: ACL SETUSER … ${PERMISSIONS}. It is used from the next connection on.`
  )
}

/** Of the user, for everything. */
const PERMISSIONS = '~yak:* &yak:* +@connection +@scripting +@hash +@pubsub +time'

function permissionProblem(setting: string): { code: ErrorCode; advice: string } {
  return {
    code: 'COORDINATOR_ACCESS_DENIED',
    advice: `Give the user of ${setting} what it needs: ACL SETUSER … ${PERMISSIONS}.`,
  }
}

/** `READONLY You can't …`; before Redis 7 an error inside a script is wrapped: `ERR Error running script …: -READONLY You …`. */
function replyCodeOf(text: string): string {
  const wrapped = /^ERR .*: -([A-Z]+) /.exec(text)
  return wrapped?.[1] ?? /^[A-Z]+/.exec(text)?.[0] ?? ''
}

/** The way to Redis failed with a code of the operating system, of DNS or of TLS. Nothing was asked. */
export function systemProblem(error: Error & { code: string }, context: RedisProblemContext): YakError {
  const isTls = /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/.test(error.code)
  const code = isTls ? 'COORDINATOR_INVALID' : 'COORDINATOR_UNREACHABLE'
  const message = `Redis at ${context.address} cannot be reached (${error.code}). ${systemAdvice(error.code, isTls, context)}`
  return new YakError(code, message, { details: { address: context.address, reason: error.code }, cause: error })
}

function systemAdvice(code: string, isTls: boolean, { setting }: RedisProblemContext): string {
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return `It does not speak TLS there: write redis:// in ${setting}.`
  if (isTls)
    return 'Its certificate is not trusted: give the authority that signed it (tls.ca, or NODE_EXTRA_CA_CERTS).'
  if (code === 'ECONNREFUSED') return `Nothing listens there: start it, or correct ${setting}.`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The name is not known: correct the host in ${setting}.`
  return `Check that it runs, the network in between, and ${setting}.`
}

export function unreachableProblem(what: string, context: RedisProblemContext, cause?: unknown): YakError {
  const message = `Redis at ${context.address} ${what}. Check that it runs, and ${context.setting}.`
  return new YakError('COORDINATOR_UNREACHABLE', message, { details: { address: context.address }, cause })
}

/**
 * No Sentinel could name the primary. ioredis says why in words alone: what the last one that failed said, or nothing when all of them
 * answered and knew nobody of that name, which newer ones call an error. Nothing was asked of Redis.
 */
export function sentinelProblem(error: Error, primaryName: string, context: RedisProblemContext): YakError {
  const { address, setting } = context
  const said = / Last error: (.*)$/s.exec(error.message)?.[1]
  const details = { details: { address }, cause: error }
  if (said === undefined || said.startsWith('ERR No such master')) {
    const message = `No Sentinel of ${address} knows a primary called ${primaryName}. Correct the name, the last part of ${setting}.`
    return new YakError('COORDINATOR_UNREACHABLE', message, details)
  }
  const advice = {
    NOAUTH: `They ask for a password of their own and ${setting} has none: write redis+sentinel://HOST/NAME?sentinel-password=PASSWORD.`,
    WRONGPASS: `Correct sentinel-password in ${setting}, and sentinel-user if they have users.`,
    NOPERM: `Give the sentinel-user of ${setting} what it needs: ACL SETUSER … +@connection +sentinel|get-master-addr-by-name +sentinel|sentinels.`,
  }[replyCodeOf(said)]
  const words = wordsOf(new Error(said))
  if (advice === undefined) {
    const message = `Redis at ${address} cannot be found: no Sentinel could be asked (${words}). Check that they run, and ${setting}.`
    return new YakError('COORDINATOR_UNREACHABLE', message, details)
  }
  const message = `The Sentinels of ${address} refuse: ${words}. ${advice}`
  return new YakError('COORDINATOR_ACCESS_DENIED', message, details)
}

/** Something answers, in another protocol. */
export function notRedisProblem(cause: Error, context: RedisProblemContext): YakError {
  const message = `What answers at ${context.address} is not a Redis: its answer does not follow the Redis protocol. Correct host and port in ${context.setting}.`
  return new YakError('COORDINATOR_INVALID', message, { details: { address: context.address }, cause })
}
