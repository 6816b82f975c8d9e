import { setTimeout as delay } from 'node:timers/promises'
import { EXIT } from '../exit-code.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { BrokerChild, type BrokerEnd } from './broker-child.ts'
import { healthOf } from './broker-health.ts'
import type { DevKey } from './dev-keys.ts'
import { type BrokerPlan, type DevSettings, inFlagsOfDev } from './dev-plan.ts'
import { addressesText, type BrokerView, helpText, leaderText, statusText, yakName } from './dev-texts.ts'
import { type LineStyle, logText, painted, plainText } from './log-text.ts'

/** Cyan, magenta, blue, green, yellow and their brighter kin: nine that differ; red is for errors. */
const colours = [36, 35, 34, 32, 33, 96, 95, 94, 92]

const pollMs = 100

/** After which a cluster that does not serve says what it waits for. */
const patienceMs = 15_000

/** With `--chaos`: long enough to see what the others do meanwhile. */
const comeBackMs = 5_000

/** A broker drains, hands over and closes its logs in far less. */
const stopMs = 10_000

/** The exit code with which a broker says that its settings are wrong. */
const wrongSettings = EXIT.usage

export interface DevSessionOptions {
  readonly settings: DevSettings
  readonly plans: readonly BrokerPlan[]
  readonly terminal: Terminal
  readonly hasColour: boolean
  /** Whether keys can be pressed, so that a dead broker can be started again. */
  readonly hasKeys: boolean
}

/**
 * The brokers of one `yak dev`, their output as one log, and what a person does to them.
 *
 *     starting --all serve--> serving --stop(), or a broker with wrong settings, or all dead for good--> stopped
 */
export class DevSession {
  readonly #options: DevSessionOptions
  readonly #children: readonly BrokerChild[]
  readonly #styles: readonly LineStyle[]
  readonly #stopping = new AbortController()
  readonly #over = Promise.withResolvers<number>()
  #hasServed = false

  constructor(options: DevSessionOptions) {
    this.#options = options
    this.#styles = options.plans.map(({ id }, index) => ({
      name: `broker-${id}`,
      colour: options.hasColour ? colours[index % colours.length] : undefined,
    }))
    this.#children = options.plans.map(
      (plan, index) =>
        new BrokerChild(plan, options.terminal.environment, {
          onLine: (line) => this.#print(logText(inFlagsOfDev(line, options.settings), this.#styles[index]!)),
          onEnd: (end) => this.#ended(index, end),
        }),
    )
  }

  /** Resolves with the exit code when all brokers have ended. */
  async run(): Promise<number> {
    for (const child of this.#children) child.start()
    void this.#announce()
    return await this.#over.promise
  }

  /** Stops all brokers, gracefully and then not, and lets `run` resolve. */
  async stop(exitCode: number = EXIT.done): Promise<void> {
    if (this.#stopping.signal.aborted) {
      // Whoever asks twice does not want to wait.
      await Promise.all(this.#children.map((child) => child.kill()))
      return
    }
    this.#stopping.abort()
    await Promise.all(this.#children.map((child) => child.stop(stopMs)))
    this.#over.resolve(exitCode)
  }

  async press(key: DevKey): Promise<void> {
    if (key.type === 'quit') return await this.stop()
    if (this.#stopping.signal.aborted) return
    if (key.type === 'kill') await this.#kill(key.broker)
    else if (key.type === 'restart') await this.#restart(key.broker)
    else if (key.type === 'leader') this.#print(leaderText(await this.#views()))
    else if (key.type === 'status') this.#print(statusText(await this.#views()).trimEnd())
    else if (key.type === 'help') this.#print(helpText(this.#children.length).trimEnd())
    else this.#print(`Restart which broker? Press its number.`)
  }

  async #kill(index: number): Promise<void> {
    const child = this.#children[index]!
    if (!child.isRunning) this.#say(index, `does not run; r then ${child.plan.id} starts it`)
    else {
      this.#say(index, 'killed')
      await child.kill()
    }
  }

  async #restart(index: number): Promise<void> {
    const child = this.#children[index]!
    if (child.isRunning) {
      this.#say(index, 'stopped, to start again')
      await child.stop(stopMs)
    } else this.#say(index, 'starts again')
    if (!this.#stopping.signal.aborted) child.start()
  }

  #ended(index: number, end: BrokerEnd): void {
    const { signal: stopping } = this.#stopping
    if (end.wasAsked || stopping.aborted) return
    const { id } = this.#children[index]!.plan
    const how = end.signal === null ? `with exit code ${end.code}` : `by ${end.signal}`
    if (end.code === wrongSettings) {
      const why = inFlagsOfDev(end.lastWords, this.#options.settings)
      this.#options.terminal.status.line(`yak dev: broker ${id} cannot run so: ${why}`)
      void this.stop(EXIT.usage)
      return
    }
    // Nobody else sends that signal here: the console did it, and wants to see it come back.
    if (this.#options.settings.chaos && end.signal === 'SIGKILL') {
      void this.#comeBack(index)
      return
    }
    this.#say(index, `ended ${how} by itself${this.#options.hasKeys ? `; r then ${id} starts it again` : ''}`)
    const isAnyLeft = this.#children.some((child) => child.isRunning)
    if (isAnyLeft || (this.#options.hasKeys && this.#hasServed)) return
    this.#options.terminal.status.line('yak dev: every broker has ended. What each said last stands above.')
    void this.stop(EXIT.notAll)
  }

  async #comeBack(index: number): Promise<void> {
    this.#say(index, `killed from the console; starts again in ${comeBackMs / 1_000} s`)
    await delay(comeBackMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
    if (!this.#stopping.signal.aborted) this.#children[index]!.start()
  }

  /** Prints the addresses once every broker serves. */
  async #announce(): Promise<void> {
    const { settings, plans, terminal, hasKeys } = this.#options
    const startMs = performance.now()
    let hasComplained = false
    while (!this.#stopping.signal.aborted) {
      const views = await this.#views()
      if (areServing(views)) {
        this.#hasServed = true
        const leaderUrl = views.find(({ health }) => health?.role === 'leader')?.plan.url
        this.#print(addressesText(settings, plans, { yak: yakName(terminal.environment), leaderUrl, hasKeys }))
        return
      }
      if (!hasComplained && performance.now() - startMs > patienceMs) {
        hasComplained = true
        this.#print(`Not all brokers serve yet:\n${statusText(views).trimEnd()}`)
      }
      await delay(pollMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
    }
  }

  async #views(): Promise<BrokerView[]> {
    return await Promise.all(
      this.#children.map(async ({ plan, pid }) => ({
        plan,
        pid,
        health: pid === undefined ? undefined : await healthOf(plan.url),
      })),
    )
  }

  #say(index: number, text: string): void {
    this.#print(plainText(text, this.#styles[index]!))
  }

  #print(text: string): void {
    void this.#options.terminal.output.write(`${text}\n`)
  }
}

/** Each can serve, and all name the same leader. */
function areServing(views: readonly BrokerView[]): boolean {
  const leaders = new Set(views.map(({ health }) => health?.leader?.id))
  return leaders.size === 1 && !leaders.has(undefined) && views.every(({ health }) => health?.status === 'ok')
}

/** Grey, where there is colour: words of `yak dev` itself before the brokers speak. */
export function devNote(text: string, hasColour: boolean): string {
  return painted(text, hasColour ? 90 : undefined)
}
