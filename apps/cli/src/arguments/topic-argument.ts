import { topicNameProblem } from '@yak/protocol'
import { UsageError } from './usage-error.ts'

/** A topic's name from the command line. Throws `UsageError` that says which rule it breaks. */
export function topicArgument(text: string): string {
  const problem = topicNameProblem(text)
  if (problem !== undefined) throw new UsageError(`"${text}" cannot be the name of a topic. ${problem}`)
  return text
}
