import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Redis } from 'ioredis'

export interface RedisServerOptions {
  /** Further configuration, as on the command line: `['--requirepass', 'secret']`. */
  readonly args?: readonly string[]
  /** Default: a free one. */
  readonly port?: number
  /** For commands of the test when the server asks for it. */
  readonly password?: string
}

/** Whether tests can have a Redis. Without one: a loud line, and an error where `CI` is set. */
export function isRedisServerInstalled(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true
  const message = 'redis-server is not installed: the tests with a real Redis cannot run'
  if (process.env.CI) throw new Error(`${message}. Install it: apt-get install redis-server`)
  process.stderr.write(`\n*** ${message} and are SKIPPED ***\n\n`)
  return false
}

/** A port that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A real redis-server on 127.0.0.1, in memory, that a test starts, hurts and stops. */
export class RedisServerProcess {
  readonly port: number
  readonly #args: readonly string[]
  readonly #password: string | undefined
  readonly #folder: string
  #child: ChildProcess | undefined
  #admin: Redis | undefined

  private constructor(port: number, folder: string, options: RedisServerOptions) {
    this.port = port
    this.#args = options.args ?? []
    this.#password = options.password
    this.#folder = folder
  }

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

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('redis-server does not run')
    return pid
  }

  /** Starts it, again after `kill`: empty, as nothing is saved. Resolves when it takes connections. */
  async restart(): Promise<void> {
    const fixed = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#folder,
      '--save',
      '',
      '--appendonly',
      'no',
    ]
    const child = spawn('redis-server', [...fixed, ...this.#args], { stdio: ['ignore', 'pipe', 'inherit'] })
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

  /** One command over a connection of its own. */
  async command(name: string, ...args: (string | number)[]): Promise<unknown> {
    this.#admin ??= await this.#connect()
    return this.#admin.call(name, ...args)
  }

  async #connect(): Promise<Redis> {
    const { Redis } = await import('ioredis')
    const redis = new Redis({ host: '127.0.0.1', port: this.port, password: this.#password, retryStrategy: () => 20 })
    redis.on('error', () => {})
    return redis
  }

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

  resume(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  async stop(): Promise<void> {
    this.#admin?.disconnect()
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
