import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { History, type HistoryEvent } from '../../checker/history.ts'
import type { FaultRun } from './fault-run.ts'

/** A producer in a process of its own, which can be killed. It writes its history to its standard output. */
export class ClientProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = once(child, 'close')
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
  }

  static start(name: string, { cluster, topic, topicId, partitions }: FaultRun): ClientProcess {
    const program = join(import.meta.dirname, 'producer-program.ts')
    const settings = { name, brokers: cluster.clientUrls, topic, topicId, partitions }
    const args = [
      '--conditions=@yak/source',
      '--disable-warning=ExperimentalWarning',
      program,
      JSON.stringify(settings),
    ]
    return new ClientProcess(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }))
  }

  get acknowledged(): number {
    return this.#output.split('"type":"ok"').length - 1
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** What it wrote down; a send whose answer it did not live to write is one without an answer. */
  events(): readonly HistoryEvent[] {
    return History.fromLines(this.#output).events
  }
}
