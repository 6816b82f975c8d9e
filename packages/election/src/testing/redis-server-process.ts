import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

const program = 'redis-server'

/** How the server is started, and what it is. */
export interface RedisServerOptions {
  /** Further configuration, as on the command line: `['--requirepass', 'secret']`. */
  readonly args?: readonly string[]
  /** Default: a free one. */
  readonly port?: number
  /** Where it listens. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** The command that runs it: `ip netns exec …` gives it a network of its own. */
  readonly within?: readonly string[] | undefined
  /** For commands of the test when the server asks for it. */
  readonly password?: string
  /** Makes it a Sentinel that watches this primary alone, and replaces it 300 ms after it went away. */
  readonly sentinelOf?: { readonly name: string; readonly port: number; readonly password?: string }
}

/** Whether tests can have a Redis. Without one: a loud line, and an error where `CI` is set. */
export function isRedisServerInstalled(): boolean {
  if (spawnSync(program, ['--version']).status === 0) return true
  const message = 'redis-server is not installed: the tests with a real Redis cannot run'
  if (process.env.CI) throw new Error(`${message}. Install it: apt-get install redis-server`)
  process.stderr.write(`\n*** ${message} and are SKIPPED ***\n\n`)
  return false
}

/** A real redis-server, in memory, that a test starts, hurts and stops. */
export class RedisServerProcess {
  /** Where it listens; the same after a restart. */
  readonly port: number
  readonly #options: RedisServerOptions
  readonly #folder: string
  #child: ChildProcess | undefined
  #admin: Redis | undefined

  private constructor(port: number, folder: string, options: RedisServerOptions) {
    this.port = port
    this.#options = options
    this.#folder = folder
  }

  /** Resolves when it takes connections. Rejects when redis-server is not installed or does not start. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'yak-redis-'))
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServerProcess(options.port ?? (await freePort()), folder, options)
      try {
        await server.restart()
        return server
      } catch (error) {
        // Somebody may have taken the port meanwhile.
        if (attempt === 5 || options.port !== undefined) throw error
      }
    }
  }

  /** Where it listens. */
  get host(): string {
    return this.#options.host ?? '127.0.0.1'
  }

  /** As `RedisLeaseStore` takes it, without a password. */
  get url(): string {
    return `redis://${this.host}:${this.port}`
  }

  /** Of the running server; throws while there is none. */
  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('redis-server does not run')
    return pid
  }

  /** Starts it, again after `kill`: empty, as nothing is saved. Resolves when it takes connections. */
  async restart(): Promise<void> {
    const [command, ...before] = [...(this.#options.within ?? []), program]
    const child = spawn(command!, [...before, ...(await this.#arguments())], { stdio: ['ignore', 'pipe', 'inherit'] })
    const output: string[] = []
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output.join('\n')}`)))
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (output.length < 100) output.push(line)
        if (/Ready to accept connections|Sentinel ID is/.test(line)) resolve()
      })
    })
    this.#child = child
  }

  async #arguments(): Promise<string[]> {
    const { args = [], sentinelOf } = this.#options
    const listen = ['--port', String(this.port), '--bind', this.host, '--dir', this.#folder]
    if (sentinelOf === undefined) return [...listen, '--save', '', '--appendonly', 'no', ...args]
    // A Sentinel rewrites its configuration, so it must have a file.
    const file = join(this.#folder, 'sentinel.conf')
    const { name, port, password } = sentinelOf
    const lines = [
      `sentinel monitor ${name} 127.0.0.1 ${port} 1`,
      `sentinel down-after-milliseconds ${name} 300`,
      `sentinel failover-timeout ${name} 1000`,
      ...(password === undefined ? [] : [`sentinel auth-pass ${name} "${password}"`]),
    ]
    await writeFile(file, `${lines.join('\n')}\n`)
    return [file, '--sentinel', ...listen, ...args]
  }

  /** One command over a connection of its own. */
  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    this.#admin ??= await this.#connect()
    return this.#admin.call(name, ...args)
  }

  async #connect(): Promise<Redis> {
    const { Redis } = await import('ioredis')
    const redis = new Redis({
      host: this.host,
      port: this.port,
      password: this.#options.password,
      retryStrategy: () => 20,
    })
    redis.on('error', () => {})
    return redis
  }

  /** Ends the server and resolves when it is gone. With a server that does not run it does nothing. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    this.#child = undefined
  }

  /** Stops the process where it stands; connections stay open and nothing answers. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP')
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  /** Ends it for good and removes its folder. Idempotent. */
  async stop(): Promise<void> {
    this.#admin?.disconnect()
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** `stop`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
