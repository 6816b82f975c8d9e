import type { Options, OptionValues } from './arguments/option.ts'
import type { Terminal } from './terminal/terminal.ts'

/** What stands in a command's usage line by its place. */
interface Positional {
  readonly name: string
  readonly description: string
}

export interface Invocation<O extends Options = Options> {
  /** One text for each positional of the command. */
  readonly positionals: readonly string[]
  readonly options: OptionValues<O>
  readonly terminal: Terminal
}

/** One command of `yak`: its help, what it takes and what it does. `run` resolves to the exit code. */
export interface Command {
  /** `['topics', 'create']` */
  readonly path: readonly string[]
  /** One sentence without a full stop. */
  readonly summary: string
  readonly positionals: readonly Positional[]
  readonly options: Options
  /** Paragraphs below the flags in `--help`. */
  readonly notes?: readonly string[]
  readonly examples: readonly string[]
  run(invocation: Invocation): Promise<number>
}

/** A command that does its own parsing, because its flags are defined elsewhere. */
export interface RawCommand {
  readonly path: readonly string[]
  readonly summary: string
  help(): Promise<string>
  runRaw(args: readonly string[], terminal: Terminal): Promise<number>
}

/** Ties the types of `run` to the options beside it. */
export function defineCommand<const O extends Options>(
  command: Omit<Command, 'options' | 'run'> & {
    readonly options: O
    run(invocation: Invocation<O>): Promise<number>
  },
): Command {
  return command as unknown as Command
}
