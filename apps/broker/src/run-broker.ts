import { resolve } from 'node:path'
import { type Logger, pino } from 'pino'
import type { BrokerDependencies } from './broker-dependencies.ts'
import { brokerLogger, type LogOutputs } from './broker-logger.ts'
import { processChaos } from './chaos/process-chaos.ts'
import { type BrokerConfig, ConfigError, configHelp, readCommandLine, type SettingSources } from './config.ts'
import { DataFolderError } from './data-folder/data-folder.ts'
import { LogLines } from './log-lines.ts'
import { CoordinatorError } from './replication/broker-replication.ts'
import { type Broker, startBroker } from './start-broker.ts'
import { keepHelperThreadsShort } from './v8-threads.ts'
import { youngCollection } from './young-garbage.ts'

/** Characters of the log that wait while standard output takes none; what comes then is dropped. */
const WAITING_LOG_LENGTH = 1_048_576

/**
 * Runs one broker as this process, until SIGTERM or SIGINT stops it. A second signal ends the process at once, and so does one
 * that comes while it starts: nothing is accepted yet. Resolves with the exit code: 0 after a graceful stop, 2 for a wrong
 * setting, 1 for any other reason not to start.
 */
export async function runBroker(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  dependencies: Pick<BrokerDependencies, 'consoleDir'> = {},
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(configHelp())
    return 0
  }
  let config: BrokerConfig
  let settingSources: SettingSources
  try {
    ;({ config, sources: settingSources } = readCommandLine(args, environment))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`yak broker: ${error.message}\n`)
    return 2
  }
  keepHelperThreadsShort()
  const logLines = new LogLines()
  const logger = brokerLogger(config, logLines, logOutputs(config))
  const stop = new StopBySignal(logger)
  let broker: Broker
  try {
    if (config.chaos) logger.warn('chaos is on: whoever reaches this broker may pause, kill, cut off and slow it')
    const collectYoung = youngCollection()
    const parts = { processChaos, settingSources, ...dependencies, logger, logLines, collectYoung }
    broker = await startBroker(config, parts)
  } catch (error) {
    const text = startFailure(error, config)
    // On standard error as well, as all that is fatal.
    if (config.logLevel === 'silent') process.stderr.write(`${linePrefix(config)}${text}\n`)
    else logger.fatal(isExpected(error) ? {} : { err: error }, text)
    return error instanceof ConfigError ? 2 : 1
  }
  return await stop.ended(broker)
}

/** Everything goes to standard output as JSON; what a person has to mend goes to standard error too, as one line of text. */
function logOutputs(config: BrokerConfig): LogOutputs {
  const problems = {
    write: (line: string) =>
      void process.stderr.write(`${linePrefix(config)}${(JSON.parse(line) as { msg?: string }).msg}\n`),
  }
  // Nobody may be there to read it; that must not end a broker.
  process.stderr.on('error', () => {})
  return { output: standardOutput(config), problems }
}

/** Lines for which there is no room (a full disk behind standard output) wait, up to a limit: a broker goes on without its log. */
function standardOutput(config: BrokerConfig): ReturnType<typeof pino.destination> {
  const output = pino.destination({ dest: 1, sync: true, maxLength: WAITING_LOG_LENGTH })
  let isTold = false
  output.on('error', ({ message }: Error) => {
    if (isTold) return
    isTold = true
    process.stderr.write(
      `${linePrefix(config)}The log cannot be written to standard output: ${message}. Make room; the broker goes on without it.\n`,
    )
  })
  output.on('write', () => {
    isTold = false
  })
  return output
}

/** Of each line on standard error: whose it is, where several brokers write to one place. */
function linePrefix({ id }: BrokerConfig): string {
  return `yak broker ${id}: `
}

/** Listens from before the start on: the first process of a container would not even hear a signal that nobody listens to. */
class StopBySignal {
  readonly #logger: Logger
  readonly #end = Promise.withResolvers<number>()
  #broker: Broker | undefined
  #isStopping = false

  constructor(logger: Logger) {
    this.#logger = logger
    process.on('SIGTERM', () => this.#stop())
    process.on('SIGINT', () => this.#stop())
  }

  /** Resolves with the exit code when the broker was stopped. */
  async ended(broker: Broker): Promise<number> {
    this.#broker = broker
    return await this.#end.promise
  }

  #stop(): void {
    // Whoever signals twice does not want to wait.
    if (this.#isStopping) process.exit(130)
    this.#isStopping = true
    if (this.#broker === undefined) {
      this.#logger.info('stopped while it started')
      process.exit(0)
    }
    this.#broker.close().then(() => this.#end.resolve(0), this.#end.reject)
  }
}

function startFailure(error: unknown, config: BrokerConfig): string {
  const { code, message, path } = error as NodeJS.ErrnoException
  if (path !== undefined)
    return `${path} cannot be used: ${message}. Check its permissions and its disk, or choose another --data-dir.`
  if (code === 'EADDRINUSE')
    return `Port ${config.port} of ${config.host} is in use. Choose another --port, or stop what uses it.`
  if (code === 'EACCES')
    return `Port ${config.port} of ${config.host} may not be used by this user. Choose another --port.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${config.host} is no address of this machine. Correct --host.`
  if (!isSystemError(error)) return message
  const advice = code === 'ENOSPC' || code === 'EDQUOT' ? 'Free some space' : 'Check its disk'
  return `The data folder ${resolve(config.dataDir)} cannot be written: ${message}. ${advice}, or choose another --data-dir.`
}

function isExpected(error: unknown): boolean {
  const toldWhole = [DataFolderError, CoordinatorError, ConfigError]
  return toldWhole.some((type) => error instanceof type) || isSystemError(error)
}

function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string'
}
