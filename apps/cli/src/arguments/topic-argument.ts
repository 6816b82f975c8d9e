import { topicNameProblem } from '@yak/protocol'
import { UsageError } from './usage-error.ts'

/** A topic's name from the command line. Throws `UsageError` that says which rule it breaks. */
export function topicArgument(text: string): string {
  const problem = topicNameProblem(text)
  if (problem !== undefined) throw new UsageError(`TOPIC is ${shown(text)}. ${problem}`)
  return text
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
