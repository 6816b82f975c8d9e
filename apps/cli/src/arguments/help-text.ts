import type { Command, RawCommand } from '../command.ts'
import { type Option, variableOf } from './option.ts'
import { placeholderOf } from './parse-arguments.ts'

/** Text of `yak --help`. */
export function overviewHelp(commands: readonly (Command | RawCommand)[]): string {
  const rows = commands.map((command) => [command.path.join(' '), command.summary] as const)
  return [
    'yak: a message broker, and what talks to it',
    '',
    'Usage: yak COMMAND [flags]',
    '',
    ...aligned(rows),
    '',
    ...aligned([
      ['--help', 'this text, or that of a command: yak produce --help'],
      ['--version', 'the version'],
    ]),
    '',
    'Every flag may also stand in the environment: --brokers is YAK_BROKERS. The flag wins.',
    '',
    'Exit codes: 0 all that was asked was done; 1 some of it was not; 2 the command line was wrong and nothing was',
    'begun; 130 stopped by Ctrl-C and 143 by SIGTERM, after reporting what was done.',
    '',
  ].join('\n')
}

/** Text of `yak produce --help`. */
export function commandHelp(command: Command): string {
  const { path, positionals, options } = command
  const usage = ['yak', ...path, ...positionals.map(({ name }) => name)].join(' ')
  const flags = Object.entries(options).map(
    ([name, option]) => [`--${name} ${placeholderOf(option)}`.trimEnd(), optionText(name, option)] as const,
  )
  return [
    `Usage: ${usage}${flags.length === 0 ? '' : ' [flags]'}`,
    '',
    `${command.summary}.`,
    '',
    ...(positionals.length === 0
      ? []
      : [...aligned(positionals.map(({ name, description }) => [name, description])), '']),
    ...aligned([...flags, ['--help', 'this text']]),
    '',
    ...(command.notes ?? []).flatMap((note) => [...wrapped(note, 100), '']),
    ...(command.examples.length === 0 ? [] : ['Examples:', ...command.examples.map((example) => `  ${example}`), '']),
  ].join('\n')
}

/** Text of `yak topics --help`. */
export function groupHelp(group: string, commands: readonly (Command | RawCommand)[]): string {
  return [
    `Usage: yak ${group} COMMAND [flags]`,
    '',
    ...aligned(commands.map((command) => [command.path.join(' '), command.summary] as const)),
    '',
    `See yak ${group} COMMAND --help for the flags of each.`,
    '',
  ].join('\n')
}

function optionText(name: string, option: Option): string {
  const fallback = 'default' in option && option.default !== undefined ? `default ${option.default}` : undefined
  const details = [fallback, variableOf(name, option)].filter((detail) => detail !== undefined).join('; ')
  return `${option.description} [${details}]`
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(28, Math.max(...rows.map(([name]) => name.length)))
  return rows.flatMap(([name, text]) => {
    const lines = wrapped(text, 100 - width - 4)
    const first =
      name.length > width
        ? [`  ${name}`, `  ${' '.repeat(width)}  ${lines[0]}`]
        : [`  ${name.padEnd(width)}  ${lines[0]}`]
    return [...first, ...lines.slice(1).map((line) => `  ${' '.repeat(width)}  ${line}`)]
  })
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
