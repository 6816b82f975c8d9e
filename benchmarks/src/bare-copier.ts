import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** What the bare copy is asked to do. */
export interface CopyTask {
  readonly seconds: number
}

/**
 * A process with nothing of YAK in it, that reads and writes a file with fdatasync, a megabyte at a time and spread over a given
 * time: what another program on the machine does to the sends that copies as many bytes.
 */
export class BareCopier {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when what is to be copied has been written. */
  static async start(folder: string, bytes: number): Promise<BareCopier> {
    const child = fork(new URL('./bare-copy.ts', import.meta.url), [folder, String(bytes)])
    const copier = new BareCopier(child)
    await copier.#word()
    return copier
  }

  /** Resolves when all is copied: after so many seconds, where the disk keeps up. */
  async copy(seconds: number): Promise<void> {
    const task: CopyTask = { seconds }
    this.#child.send(task)
    await this.#word()
  }

  async #word(): Promise<void> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`the bare copy ended with exit code ${code}`)
    })
    await Promise.race([once(this.#child, 'message'), ended])
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}
