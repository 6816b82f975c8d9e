import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { memoryOf } from './memory.ts'

const root = join(import.meta.dirname, '../..')

/** A child process with a server in it, ended by `stop` or `kill`. */
export class ServerProcess {
  readonly url: string
  readonly pid: number
  readonly #child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.pid = child.pid!
    this.#child = child
  }

  static async start(args: readonly string[], url: string, readyPath: string): Promise<ServerProcess> {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@yak/source',
        '--disable-warning=ExperimentalWarning',
        ...(process.env.YAK_BENCH_NODE_FLAGS?.split(' ').filter(Boolean) ?? []),
        ...args,
      ],
      { cwd: root, stdio: ['ignore', process.env.YAK_BENCH_OUT ? 'inherit' : 'ignore', 'inherit'] },
    )
    const server = new ServerProcess(url, child)
    await server.#ready(`${url}${readyPath}`)
    return server
  }

  /** Connection refused until it listens: asked again at once, so that a restart is timed to the millisecond. */
  async #ready(url: string): Promise<void> {
    const deadline = performance.now() + 120_000
    while (performance.now() < deadline) {
      if (this.#child.exitCode !== null) throw new Error(`the server ended with exit code ${this.#child.exitCode}`)
      const answer = await fetch(url).catch(() => undefined)
      await answer?.arrayBuffer()
      if (answer?.ok) return
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    throw new Error(`${url} did not answer within 120 s`)
  }

  /** Seconds of processor time, user and system, since it began. */
  get cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  get memory(): { readonly nowMB: number; readonly peakMB: number } {
    return memoryOf(this.pid)
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}

/** A broker of its own, as a user would start it, with nothing set but where it stores. */
export async function startBroker(dataDir: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const port = await freePort()
  return await ServerProcess.start(
    ['apps/cli/bin/yak.js', 'broker', '--id', 'b1', '--port', String(port), '--data-dir', dataDir, ...flags],
    `http://127.0.0.1:${port}`,
    '/health',
  )
}

/** Brokers of one cluster, each a process of its own, with an embedded coordinator. */
export class ClusterProcesses {
  readonly urls: readonly string[]
  readonly #brokers: ServerProcess[]
  readonly #start: (index: number) => Promise<ServerProcess>

  private constructor(
    urls: readonly string[],
    brokers: ServerProcess[],
    start: (index: number) => Promise<ServerProcess>,
  ) {
    this.urls = urls
    this.#brokers = brokers
    this.#start = start
  }

  static async start(folder: string, count: number, flags: readonly string[] = []): Promise<ClusterProcesses> {
    const ports: number[] = []
    while (ports.length < count) ports.push(await freePort())
    const urls = ports.map((port) => `http://127.0.0.1:${port}`)
    const peers = urls.map((url, index) => `${index + 1}=${url}`).join(',')
    const start = (index: number): Promise<ServerProcess> => {
      const id = String(index + 1)
      const own = ['--id', id, '--port', String(ports[index]), '--data-dir', join(folder, `broker-${id}`)]
      const shared = ['--peers', peers, '--coordinator', `sqlite:${join(folder, 'coordinator.sqlite')}`]
      const args = ['apps/cli/bin/yak.js', 'broker', ...own, ...shared, ...flags]
      return ServerProcess.start(args, urls[index]!, '/health')
    }
    const started = await Promise.allSettled(ports.map((_port, index) => start(index)))
    const brokers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = started.find((result) => result.status === 'rejected')
    if (failed !== undefined) {
      await Promise.all(brokers.map((broker) => broker.stop('SIGKILL')))
      throw failed.reason
    }
    return new ClusterProcesses(urls, brokers, start)
  }

  get brokers(): readonly ServerProcess[] {
    return this.#brokers
  }

  /** Its place among the brokers, as one of them says it. */
  async leaderIndex(): Promise<number> {
    while (true) {
      for (const url of this.urls) {
        const answer = await fetch(`${url}/metadata/leader`).catch(() => undefined)
        const body = (await answer?.json()) as { leader?: { id: string } } | undefined
        if (answer?.ok && body?.leader !== undefined) return Number(body.leader.id) - 1
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async restart(index: number): Promise<void> {
    this.#brokers[index] = await this.#start(index)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#brokers.map((broker) => broker.stop()))
  }
}

/** The bare server of bare-server.ts: node:http and node:fs, nothing of YAK. */
export async function startBareServer(dataDir: string): Promise<ServerProcess> {
  const port = await freePort()
  return await ServerProcess.start(
    ['benchmarks/src/bare-server.ts', String(port), dataDir],
    `http://127.0.0.1:${port}`,
    '/ready',
  )
}
