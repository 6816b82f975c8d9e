import { LIMITS } from './limits.ts'

const NOT_ALLOWED = /[^a-zA-Z0-9._-]/u

/**
 * The naming rule that `name` breaks and what to do, in sentences; undefined for a good name. The rules are Kafka's: the name becomes
 * part of a folder's name, on any file system.
 */
export function topicNameProblem(name: string): string | undefined {
  if (name.length === 0) return 'A topic name has at least one character, and this one has none. Give it one.'
  if (name === '.' || name === '..') return `"${name}" can not be a topic name. Choose another.`
  if (name.length > LIMITS.maxTopicNameLength) {
    return `A topic name has at most ${LIMITS.maxTopicNameLength} characters, and this one has ${name.length}. Choose a shorter one.`
  }
  const wrong = NOT_ALLOWED.exec(name)
  if (wrong === null) return undefined
  return `A topic name is made of the letters a-z and A-Z, digits, ".", "_" and "-"; character ${wrong.index + 1} is ${visible(wrong[0])}. Leave it out, or use one of those.`
}

/** In quotes; what cannot be seen, or turns the text around it, as its number. */
function visible(character: string): string {
  const quoted = JSON.stringify(character)
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(quoted)) return quoted
  return `"\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}"`
}
