import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { HealthResponse } from '@yak/protocol/schemas'

const root = join(import.meta.dirname, '../../..')
const program = join(root, 'apps/broker/src/main.ts')
const hurtableProgram = join(import.meta.dirname, 'hurtable-broker.ts')

/** Brokers are started by the hundred: what Node compiled for one it need not compile for the next. */
const compileCache = join(tmpdir(), 'node-compile-cache')

const keptLines = 5_000

export interface BrokerProcessOptions {
  readonly id: string
  readonly port: number
  /** Where it listens. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** The command that runs it: a network of its own. */
  readonly within?: readonly string[] | undefined
  readonly dataDir: string
  readonly flags: readonly string[]
  /** A rule of the core to take out, by the name of its mutation. */
  readonly mutation?: string | undefined
  /** Runs in its process before it: the path of a module. */
  readonly preload?: string | undefined
  /** What `hurt` does to it. */
  readonly hurt?: Hurt | undefined
}

export type Hurt = 'full-disk' | 'failing-sync' | 'paused-disk' | 'clock' | 'stall'

/** One broker as a process of its own, over a folder that outlives it. */
export class BrokerProcess {
  readonly id: string
  readonly port: number
  readonly dataDir: string
  /** The newest lines of all its lives, for whoever has to find out what went wrong. */
  readonly lines: string[] = []
  /** What it said at the level `fatal`: an invariant broken, or a bug. */
  readonly fatal: string[] = []
  readonly options: BrokerProcessOptions
  #child: ChildProcess | undefined
  #ended: Promise<unknown> = Promise.resolve()
  #isPaused = false

  constructor(options: BrokerProcessOptions) {
    this.options = options
    this.id = options.id
    this.port = options.port
    this.dataDir = options.dataDir
  }

  get url(): string {
    return `http://${this.options.host ?? '127.0.0.1'}:${this.port}`
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** The exit code or signal of its last life. */
  get end(): number | string | null {
    return this.#child?.exitCode ?? this.#child?.signalCode ?? null
  }

  start(): void {
    if (this.isRunning) return
    const { id, port, host, within = [], dataDir, flags, mutation, hurt, preload } = this.options
    const main = mutation === undefined && hurt === undefined ? program : hurtableProgram
    const [command, ...args] = [...within, process.execPath]
    const child = spawn(
      command!,
      [
        ...args,
        ...['--conditions=@yak/source', '--disable-warning=ExperimentalWarning'],
        ...(preload === undefined ? [] : ['--import', preload]),
        main,
        ...['--id', id, '--port', String(port), '--data-dir', dataDir, ...flags],
        ...(host === undefined ? [] : ['--host', host]),
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, MUTATION: mutation, HURT: hurt },
      },
    )
    this.#child = child
    this.#isPaused = false
    this.#ended = once(child, 'close')
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line)
        if (line.includes('"level":60')) this.fatal.push(line)
        if (this.lines.length > keptLines) this.lines.shift()
      })
    }
    process.once('exit', this.#killNow)
    child.once('exit', () => process.off('exit', this.#killNow))
  }

  /** SIGKILL, and the end of it. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  /** SIGTERM; resolves with the exit code when it is gone. */
  async terminate(): Promise<number | string | null> {
    this.resume()
    this.#child?.kill('SIGTERM')
    await this.#ended
    return this.end
  }

  /** The exit code or signal, once it has ended by itself. */
  async ended(): Promise<number | string | null> {
    await this.#ended
    return this.end
  }

  /**
   * Stops it as a process.
   * @throws Error with the embedded coordinator: stopped in the middle of a transaction it keeps the coordinator's file locked, and
   *   until it goes on no other broker is elected.
   */
  pause(): void {
    if (this.options.flags.some((flag) => flag.startsWith('sqlite:'))) {
      throw new Error(
        `Broker ${this.id} would stop with the coordinator's file locked: a test that pauses brokers needs Redis.`,
      )
    }
    this.#child?.kill('SIGSTOP')
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#child?.kill('SIGCONT')
    this.#isPaused = false
  }

  /** Begins what it was made to be hurt by, or ends it. */
  hurt(): void {
    this.#child?.kill('SIGUSR2')
  }

  /** Undefined: it does not answer. */
  async health(): Promise<HealthResponse | undefined> {
    if (!this.isRunning || this.#isPaused) return undefined
    try {
      const response = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(2_000) })
      return (await response.json()) as HealthResponse
    } catch {
      return undefined
    }
  }

  /** What it logged last, for messages of failed tests. */
  tail(count = 25): string {
    return this.lines.slice(-count).join('\n')
  }

  readonly #killNow = (): void => {
    this.#child?.kill('SIGKILL')
  }
}
