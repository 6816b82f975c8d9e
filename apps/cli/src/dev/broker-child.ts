import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { BrokerOutput, withoutName } from './broker-output.ts'
import { type BrokerPlan, brokerEnvironment } from './dev-plan.ts'
import { parentPipeVariable } from './parent-pipe.ts'

const program = fileURLToPath(new URL('../../bin/yak.js', import.meta.url))

/** How a broker's process ended. */
export interface BrokerEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** By `kill` or `stop`; else it died by itself. */
  readonly wasAsked: boolean
  /** The last line it wrote on standard error: why, where it said so. */
  readonly lastWords: string
}

export interface BrokerChildEvents {
  /** One line of its output or of its errors. */
  onLine(line: string): void
  onEnd(end: BrokerEnd): void
}

/**
 * One broker as a child process, to be started, killed and started again.
 *
 *     ended --start()--> running --kill(), stop() or by itself--> ended
 */
export class BrokerChild {
  readonly plan: BrokerPlan
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #events: BrokerChildEvents
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #wasAsked = false

  constructor(plan: BrokerPlan, environment: Readonly<Record<string, string | undefined>>, events: BrokerChildEvents) {
    this.plan = plan
    this.#environment = environment
    this.#events = events
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    if (this.#child !== undefined) return
    this.#wasAsked = false
    const child = spawn(process.execPath, [...process.execArgv, program, 'broker', ...this.plan.flags], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...brokerEnvironment(this.#environment), [parentPipeVariable]: '1' },
      // A group of its own: Ctrl-C on the terminal is for the parent, which then stops the brokers in order.
      detached: true,
    })
    this.#child = child
    let lastWords = ''
    const output = new BrokerOutput((line) => this.#events.onLine(line))
    createInterface({ input: child.stdout }).on('line', (line) => output.logged(line))
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastWords = withoutName(line)
      output.saidOnStandardError(line)
    })
    child.stdin.on('error', () => {})
    child.once('error', (error) => {
      lastWords = error.message
    })
    this.#ended = once(child, 'close')
      .catch(() => [null, null])
      .then(([code, signal]) => {
        this.#child = undefined
        output.end()
        this.#events.onEnd({ code, signal, wasAsked: this.#wasAsked, lastWords })
      })
  }

  /** As a crash: SIGKILL. */
  async kill(): Promise<void> {
    this.#wasAsked = true
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  /** Asks it to stop, and kills it when it has not within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#wasAsked = true
    this.#child?.kill('SIGTERM')
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs)
    await this.#ended
    clearTimeout(timer)
  }
}
