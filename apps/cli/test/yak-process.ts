import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@yak/election/testing'

const mainFile = fileURLToPath(new URL('../bin/yak.js', import.meta.url))

/** The command line that starts `yak` from its sources. */
export const yakCommand: readonly string[] = [
  process.execPath,
  '--conditions=@yak/source',
  '--disable-warning=ExperimentalWarning',
  mainFile,
]

export interface YakOptions {
  /** Added to an environment without any `YAK_…`. */
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What standard input holds; it ends behind it. Default nothing. */
  readonly input?: string | Uint8Array
  /** For node itself, before the program. */
  readonly nodeFlags?: readonly string[]
}

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A `yak` process with its standard streams. */
export class YakProcess {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly finished: Promise<Finished>
  #wake: () => void = () => {}

  constructor(args: readonly string[], options: YakOptions = {}) {
    const [node, ...before] = yakCommand
    this.child = spawn(node!, [...(options.nodeFlags ?? []), ...before, ...args], {
      cwd: options.cwd,
      env: cleanEnvironment(options.environment),
    })
    // A test that fails leaves nothing running behind it.
    const kill = (): void => void this.child.kill('SIGKILL')
    process.once('exit', kill)
    this.child.once('exit', () => process.off('exit', kill))
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#wake()
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      this.#wake()
    })
    this.finished = once(this.child, 'close').then(([code, signal]) => {
      this.#wake()
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        stdout: this.stdout,
        stderr: this.stderr,
      }
    })
    // A program that stops reading early closes the pipe under the writer.
    this.child.stdin!.on('error', () => {})
  }

  /** Resolves when `isThere` holds of what was printed; rejects when the process ends before. */
  async until(isThere: (process: YakProcess) => boolean): Promise<void> {
    while (!isThere(this)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`yak ended with ${this.child.exitCode ?? this.child.signalCode}: ${this.stderr}${this.stdout}`)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** Runs `yak` to its end. */
export async function yak(args: readonly string[], options: YakOptions = {}): Promise<Finished> {
  const process = new YakProcess(args, options)
  process.child.stdin!.end(options.input ?? '')
  return await process.finished
}

export function cleanEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !/^(YAK_|INIT_CWD$|npm_|NODE_OPTIONS$|FORCE_COLOR$)/.test(name),
  )
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...added }
}

/** A broker process over a folder; `start` again goes on with the same folder and address. */
export class BrokerProcess {
  readonly dataDir: string
  readonly port: number
  #process: YakProcess | undefined

  private constructor(dataDir: string, port: number) {
    this.dataDir = dataDir
    this.port = port
  }

  static async start(flags: readonly string[] = []): Promise<BrokerProcess> {
    const broker = new BrokerProcess(await mkdtemp(join(tmpdir(), 'yak-cli-')), await freePort())
    await broker.start(flags)
    return broker
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(flags: readonly string[] = []): Promise<void> {
    this.#process = new YakProcess(['broker', '--port', String(this.port), '--data-dir', this.dataDir, ...flags])
    await this.#process.until(({ stdout }) => stdout.includes(this.url))
  }

  signal(signal: NodeJS.Signals): void {
    this.#process!.child.kill(signal)
  }

  /** Resolves when the process is gone. */
  async kill(signal: NodeJS.Signals): Promise<Finished> {
    this.signal(signal)
    return await this.#process!.finished
  }

  async stop(): Promise<void> {
    if (this.#process?.child.exitCode === null && this.#process.child.signalCode === null) await this.kill('SIGKILL')
    await rm(this.dataDir, { recursive: true, force: true })
  }
}
