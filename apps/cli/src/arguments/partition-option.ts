import { LIMITS } from '@yak/protocol'
import type { IntegerOption } from './option.ts'

/** `--partition N`; what it means is each command's own. */
export function partitionOption(description: string): IntegerOption {
  return { type: 'integer', placeholder: 'N', min: 0, max: LIMITS.maxPartitionsPerTopic - 1, description }
}
