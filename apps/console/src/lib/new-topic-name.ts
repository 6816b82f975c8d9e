import { topicNameProblem } from '@yak/protocol'

/** Why no topic can be made with this name, and what to do, in sentences; undefined for a good name. Some that exist have such names. */
export function newTopicNameProblem(name: string): string | undefined {
  if (name.startsWith('__')) return 'Names that begin with __ belong to the broker. Choose another.'
  return topicNameProblem(name)
}
