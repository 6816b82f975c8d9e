import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ProcessChaos } from './chaos.ts'

/** Signals to this very process. A process that is stopped cannot wake itself: a shell that outlives the stop does. */
export const processChaos: ProcessChaos = {
  async pause(forMs) {
    const wake = `sleep ${forMs / 1_000}; kill -CONT ${process.pid}`
    const shell = spawn('/bin/sh', ['-c', wake], { detached: true, stdio: 'ignore' })
    await once(shell, 'spawn')
    shell.unref()
    process.kill(process.pid, 'SIGSTOP')
  },
  kill() {
    process.kill(process.pid, 'SIGKILL')
  },
}
