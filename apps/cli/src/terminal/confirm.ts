import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { UsageError } from '../arguments/usage-error.ts'
import type { Terminal } from './terminal.ts'

/** Throws `UsageError` where nobody can be asked. */
export function assertCanConfirm({ input }: Terminal): void {
  if (input.isTTY !== true) {
    throw new UsageError('Standard input is no terminal, so nobody can be asked whether to go on. Give --yes.')
  }
}

/** Asks on the terminal; only `y` or `yes` is a yes. */
export async function confirm(question: string, { input, status }: Terminal): Promise<boolean> {
  status.line(`${question} [y/N]`)
  const lines = createInterface({ input })
  try {
    const [answer] = (await Promise.race([once(lines, 'line'), once(lines, 'close').then(() => [''])])) as [string]
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}
