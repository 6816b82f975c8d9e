import { processTerminal } from './terminal/terminal.ts'
import { runYak } from './yak.ts'

/** The `yak` command as this process; resolves with its exit code. */
export async function main(): Promise<number> {
  // `pnpm yak` runs in the repository's folder; the user stands elsewhere, and names files from there.
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env
  if (script === 'yak' && folder !== undefined) process.chdir(folder)
  const terminal = processTerminal()
  const code = await runYak(process.argv.slice(2), terminal)
  // What a reader does not take would hold the process for as long as there is one.
  if (terminal.output.isAbandoned) process.exit(code)
  return code
}
