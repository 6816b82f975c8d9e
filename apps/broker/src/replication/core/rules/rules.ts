import * as commit from './commit-rules.ts'
import * as election from './election-rules.ts'
import * as log from './log-rules.ts'
import * as membership from './membership-rules.ts'
import * as promise from './promise-rules.ts'

export type Rules = typeof membership & typeof promise & typeof election & typeof log & typeof commit

/**
 * Every ◆ rule as a function. The core reaches them through this object alone, so that a test may take one out and see
 * the scenarios and the simulation notice. Production code passes no other.
 */
export const rules: Rules = Object.freeze({ ...membership, ...promise, ...election, ...log, ...commit })
