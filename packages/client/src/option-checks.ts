import { topicNameProblem, YakError } from '@yak/protocol'

/** Options are checked where they come in; a wrong one is a TypeError that names it, its value and what is allowed. */

export function assertKnownFields(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `${what} takes an object with ${known.join(', ')}, not ${JSON.stringify(options) ?? typeof options}.`,
    )
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`${what} has no option \`${name}\`. It has: ${known.join(', ')}.`)
  }
}

/** Of a call, such as `listTopics()`: one that is misspelt would be passed over, and the call never end in time. */
export function assertCallOptions(call: string, options: object | undefined, known: readonly string[]): void {
  if (options !== undefined) assertKnownFields(`The last argument of ${call}`, options, known)
}

/** A whole number from `min` to `max`; `preset` when it is not given. */
export function boundedNumber(
  name: string,
  value: number | undefined,
  preset: number,
  min: number,
  max: number,
): number {
  if (value === undefined) return preset
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`\`${name}\` is a whole number from ${min} to ${max}, not ${value}.`)
  }
  return value
}

/** Milliseconds from 0 on, Infinity among them; `preset` when it is not given. */
export function durationMs(name: string, value: number | undefined, preset: number): number {
  if (value === undefined) return preset
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new TypeError(
      `\`${name}\` is a number of milliseconds from 0 on, not ${JSON.stringify(value) ?? typeof value}.`,
    )
  }
  return value
}

export function trueOrFalse(name: string, value: boolean | undefined, preset: boolean): boolean {
  if (value === undefined) return preset
  if (typeof value !== 'boolean') throw new TypeError(`\`${name}\` is true or false, not ${JSON.stringify(value)}.`)
  return value
}

/** By what it can do, not by its class: that of another realm, or of a library, is one too. */
export function assertSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  if (typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function') return
  const what =
    signal === null
      ? 'null'
      : typeof signal === 'object'
        ? (Object(signal).constructor?.name ?? 'an object')
        : typeof signal
  throw new TypeError(`\`signal\` is an AbortSignal, not ${what}. An AbortController has one as its \`signal\`.`)
}

export function oneOf<T extends string>(name: string, value: T | undefined, preset: T, allowed: readonly T[]): T {
  if (value === undefined) return preset
  if (!allowed.includes(value)) {
    throw new TypeError(`\`${name}\` is one of ${allowed.join(', ')}, not ${JSON.stringify(value)}.`)
  }
  return value
}

export function assertTopic(topic: unknown): asserts topic is string {
  if (typeof topic !== 'string' || topic === '')
    throw new TypeError(`\`topic\` is a name, not ${JSON.stringify(topic)}.`)
}

/** @throws TypeError for what is no text, YakError INVALID_TOPIC for a name that no topic can have. */
export function assertTopicName(topic: unknown): asserts topic is string {
  assertTopic(topic)
  const problem = topicNameProblem(topic)
  if (problem !== undefined) throw new YakError('INVALID_TOPIC', problem, { details: { topic } })
}

export function assertPartition(partition: unknown): asserts partition is number {
  if (!Number.isInteger(partition) || (partition as number) < 0) {
    throw new TypeError(`\`partition\` is a whole number from 0 on, not ${JSON.stringify(partition)}.`)
  }
}
