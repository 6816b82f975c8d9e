import { readFileSync } from 'node:fs'
import { commandHelp, groupHelp, overviewHelp } from './arguments/help-text.ts'
import { parseArguments } from './arguments/parse-arguments.ts'
import { UsageError } from './arguments/usage-error.ts'
import type { Command, RawCommand } from './command.ts'
import { broker } from './commands/broker.ts'
import { cluster } from './commands/cluster.ts'
import { consume } from './commands/consume.ts'
import { dev } from './commands/dev.ts'
import { logDump } from './commands/log-dump.ts'
import { produce } from './commands/produce.ts'
import { topicsCreate } from './commands/topics-create.ts'
import { topicsDelete } from './commands/topics-delete.ts'
import { topicsDescribe } from './commands/topics-describe.ts'
import { topicsList } from './commands/topics-list.ts'
import { topicsPurge } from './commands/topics-purge.ts'
import { EXIT } from './exit-code.ts'
import { reportError } from './report-error.ts'
import type { Terminal } from './terminal/terminal.ts'

const commands: readonly (Command | RawCommand)[] = [
  dev,
  broker,
  produce,
  consume,
  topicsList,
  topicsCreate,
  topicsDescribe,
  topicsPurge,
  topicsDelete,
  cluster,
  logDump,
]

/** The whole of `yak`: takes what stands behind its name, and resolves to the exit code. */
export async function runYak(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const code = await dispatch(args, terminal)
    // A disk that is full tells only once something was written to it.
    await terminal.output.finish()
    if (terminal.output.failure !== undefined) throw terminal.output.failure
    return code
  } catch (error) {
    return await reportError(error, terminal, commandName(args))
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first] = args
  if (first === undefined) {
    terminal.status.line(overviewHelp(commands).trimEnd())
    return EXIT.usage
  }
  if (first === '--version' || first === '-v') {
    await terminal.output.write(`${version()}\n`)
    return EXIT.done
  }
  if (first === 'help') return await dispatch(args.length === 1 ? ['--help'] : [...args.slice(1), '--help'], terminal)
  const asksHelp = isHelpAsked(args)
  if (first.startsWith('-')) {
    if (!asksHelp)
      throw new UsageError(`There is no flag ${first}.`, {
        name: first.replace(/^-+/, ''),
        known: ['help', 'version'],
        prefix: '--',
      })
    await terminal.output.write(overviewHelp(commands))
    return EXIT.done
  }

  const group = commands.filter(({ path }) => path[0] === first)
  if (group.length === 0) {
    throw new UsageError(`There is no command "${first}".`, {
      name: first,
      known: [...new Set(commands.map(({ path }) => path[0]!))],
      prefix: '',
    })
  }
  const command = group.find(({ path }) => path.every((word, index) => args[index] === word))
  if (command === undefined) return await groupWithoutCommand(first, group, args, terminal)

  const rest = args.slice(command.path.length)
  if (asksHelp) {
    await terminal.output.write('help' in command ? await command.help() : commandHelp(command))
    return EXIT.done
  }
  if ('runRaw' in command) return await command.runRaw(rest, terminal)
  const { positionals, values } = parseArguments(rest, command.options, terminal.environment)
  checkPositionals(command, positionals)
  return await command.run({ positionals, options: values, terminal })
}

async function groupWithoutCommand(
  first: string,
  group: readonly (Command | RawCommand)[],
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const second = args[1]
  if (second !== undefined && !second.startsWith('-')) {
    throw new UsageError(`There is no command "${first} ${second}".`, {
      name: second,
      known: group.map(({ path }) => path[1]!),
      prefix: `${first} `,
    })
  }
  if (isHelpAsked(args)) {
    await terminal.output.write(groupHelp(first, group))
    return EXIT.done
  }
  terminal.status.line(groupHelp(first, group).trimEnd())
  return EXIT.usage
}

function checkPositionals({ path, positionals: wanted }: Command, given: readonly string[]): void {
  const name = path.join(' ')
  if (given.length < wanted.length) {
    throw new UsageError(
      `${wanted[given.length]!.name} is missing: yak ${name} ${wanted.map((positional) => positional.name).join(' ')}.`,
    )
  }
  if (given.length > wanted.length) {
    throw new UsageError(`"${given[wanted.length]}" is one argument too many. A value with spaces needs quotes.`)
  }
}

/** Before `--`, anywhere. */
function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).some((arg) => /^(--help(=.*)?|-h)$/.test(arg))
}

/** `yak topics create`, as far as the arguments name a command. */
function commandName(args: readonly string[]): string {
  const found = commands.find(({ path }) => path.every((word, index) => args[index] === word))
  return ['yak', ...(found?.path ?? [])].join(' ')
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
