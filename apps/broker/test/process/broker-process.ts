import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

const main = join(import.meta.dirname, '../../src/main.ts')

/** A broker as a process of its own, as an operator runs it. It goes with the test. */
export class BrokerProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #stderr = ''
  url = ''

  private constructor(args: readonly string[], output: 'pipe' | number = 'pipe', before: readonly string[] = []) {
    const node = ['--conditions=@yak/source', '--disable-warning=ExperimentalWarning', main]
    const [program, ...rest] = [...before, process.execPath, ...node, ...args] as [string, ...string[]]
    this.#child = spawn(program, rest, { stdio: ['ignore', output, 'pipe'], env: { PATH: process.env.PATH } })
    this.#exited = once(this.#child, 'exit')
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString()
    })
    onTestFinished(async () => {
      this.#child.kill('SIGKILL')
      await this.#exited
    })
  }

  /** Starts one, and resolves when it serves, or waits for others of its cluster, or has ended. */
  static async start(...args: readonly string[]): Promise<BrokerProcess> {
    return await BrokerProcess.#untilItSays((message) => message === 'serving' || message === 'taking part', args)
  }

  /** Starts one, and resolves with its first word. */
  static async starting(...args: readonly string[]): Promise<BrokerProcess> {
    return await BrokerProcess.#untilItSays(() => true, args)
  }

  /** Starts one that may write nothing to a disk, as on one that is full, and resolves when it has ended. */
  static async withoutRoom(...args: readonly string[]): Promise<BrokerProcess> {
    return await BrokerProcess.#untilItSays(() => false, args, ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'])
  }

  static async #untilItSays(
    isAwaited: (message: string) => boolean,
    args: readonly string[],
    before: readonly string[] = [],
  ): Promise<BrokerProcess> {
    const broker = new BrokerProcess(args, 'pipe', before)
    for await (const line of createInterface(broker.#child.stdout!)) {
      const entry = JSON.parse(line) as { readonly msg: string; readonly url?: string }
      if (!isAwaited(entry.msg)) continue
      broker.url = entry.url ?? ''
      break
    }
    broker.#child.stdout!.resume()
    return broker
  }

  /** One whose log goes to an open file; nothing is read of it. */
  static withLogIn(file: number, ...args: readonly string[]): BrokerProcess {
    return new BrokerProcess(args, file)
  }

  get pid(): number {
    return this.#child.pid!
  }

  get stderr(): string {
    return this.#stderr
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void {
    this.#child.kill(name)
  }

  /** The exit code, or the name of the signal that ended it. */
  async ended(): Promise<number | string> {
    await this.#exited
    return this.#child.exitCode ?? this.#child.signalCode!
  }
}
