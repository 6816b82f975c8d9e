import { resolve } from 'node:path'
import type { ReadStream } from 'node:tty'
import { UsageError } from '../arguments/usage-error.ts'
import { type Command, defineCommand } from '../command.ts'
import { buildConsole, isConsoleStale } from '../dev/console-build.ts'
import { openDevFolder } from '../dev/dev-folder.ts'
import { DevKeyReader } from '../dev/dev-keys.ts'
import { type DevSettings, planBrokers } from '../dev/dev-plan.ts'
import { DevSession, devNote } from '../dev/dev-session.ts'
import { assertPortsFree } from '../dev/free-ports.ts'
import { EXIT } from '../exit-code.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** A signal that reaches the whole group of processes may come twice: from the terminal, and passed on by pnpm. */
const sameSignalMs = 500

export const dev: Command = defineCommand({
  path: ['dev'],
  summary: 'Runs a cluster on this machine, with its data kept from one time to the next',
  positionals: [],
  options: {
    brokers: {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: 9,
      default: 3,
      variable: 'YAK_DEV_BROKERS',
      description: 'how many brokers',
    },
    redis: {
      type: 'text',
      placeholder: 'URL',
      description: 'a Redis that decides who leads; without one a file in the data folder does',
    },
    'data-dir': { type: 'text', placeholder: 'DIR', default: '.yak-dev', description: 'folder of all data' },
    port: {
      type: 'integer',
      placeholder: 'PORT',
      min: 1,
      max: 65_535,
      default: 5_001,
      description: 'of the first broker; the others take the next ones',
    },
    'min-insync': {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: 9,
      description: 'brokers that must hold a record before it is acknowledged; 2 from three brokers on, else 1',
    },
    'lease-ms': {
      type: 'integer',
      placeholder: 'MS',
      min: 500,
      max: 60_000,
      description: 'after which a leader that is gone is replaced; 5,000 unless told',
    },
    chaos: {
      type: 'flag',
      description: 'let the console pause, kill and cut off brokers; one that is killed there starts again after 5 s',
    },
    'no-build': { type: 'flag', description: 'leave the console as it was last built (in a clone of the repository)' },
  },
  notes: [
    'On a terminal, keys act on the cluster: a number kills that broker, r and a number starts it again, l says who leads, s shows all, q quits.',
    'Other settings of a broker, as YAK_LOG_LEVEL, go through from the environment. Ctrl-C stops all brokers.',
  ],
  examples: [
    'yak dev',
    'yak dev --brokers 5 --lease-ms 1000',
    'yak dev --chaos',
    'yak dev --redis redis://127.0.0.1:6379',
  ],

  async run({ options, terminal }) {
    if (options['data-dir'] === '') throw new UsageError('--data-dir is empty. Name a folder, or leave it out.')
    const settings: DevSettings = {
      brokers: options.brokers,
      redis: options.redis,
      dataDir: resolve(options['data-dir']),
      port: options.port,
      minInsync: options['min-insync'],
      leaseMs: options['lease-ms'],
      chaos: options.chaos,
    }
    const plans = planBrokers(settings)
    await assertPortsFree(plans)
    await openDevFolder(settings.dataDir, settings.brokers)
    const hasColour = terminal.output.isTerminal && !terminal.environment.NO_COLOR
    if (!options['no-build']) await bringConsole(terminal, hasColour)
    const session = new DevSession({ settings, plans, terminal, hasColour, hasKeys: terminal.input.isTTY === true })
    const release = stopOnSignal(session)
    // Noticed with the next line: a pipe does not tell before that its reader is gone.
    terminal.output.readerGone.addEventListener('abort', () => void session.stop(EXIT.done), { once: true })
    const closeKeys = readKeys(session, settings.brokers, terminal)
    try {
      return await session.run()
    } finally {
      closeKeys()
      release()
      await terminal.output.finish()
    }
  },
})

/** In a clone of the repository the console must be built once; the brokers serve without it as well. */
async function bringConsole({ output, environment, status }: Terminal, hasColour: boolean): Promise<void> {
  if (!(await isConsoleStale())) return
  await output.write(`${devNote('Building the console (only after a change to it).', hasColour)}\n`)
  if (await buildConsole(environment)) return
  status.line('yak dev: the console could not be built; all else runs. `pnpm --filter @yak/console build` says why.')
}

function stopOnSignal(session: DevSession): () => void {
  let firstMs: number | undefined
  const onSignal = (): void => {
    if (firstMs !== undefined && performance.now() - firstMs < sameSignalMs) return
    firstMs ??= performance.now()
    void session.stop(EXIT.done)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/** On a terminal only: elsewhere standard input may be anything. */
function readKeys(session: DevSession, brokers: number, { input }: Terminal): () => void {
  if (input.isTTY !== true) return () => {}
  const terminal = input as ReadStream
  const reader = new DevKeyReader(brokers)
  const onData = (text: string): void => {
    for (const key of reader.read(text)) void session.press(key)
  }
  terminal.setRawMode(true).setEncoding('utf8').on('data', onData).resume()
  return () => {
    terminal.off('data', onData).pause()
    terminal.setRawMode(false)
  }
}
