/**
 * A flag of a command. Its name is the key it stands under, in kebab case: `max-records` is `--max-records` on the
 * command line and `YAK_MAX_RECORDS` in the environment.
 */
export type Option = FlagOption | TextOption | TextListOption | IntegerOption | ChoiceOption

interface OptionText {
  /** One sentence without a full stop, for `--help`. */
  readonly description: string
  /** In the environment, where the usual name means something else. */
  readonly variable?: string
}

interface FlagOption extends OptionText {
  readonly type: 'flag'
}

export interface TextOption extends OptionText {
  readonly type: 'text'
  readonly placeholder: string
  readonly default?: string
}

/** May be given several times; in the environment the entries are separated by commas. */
interface TextListOption extends OptionText {
  readonly type: 'text-list'
  readonly placeholder: string
}

export interface IntegerOption extends OptionText {
  readonly type: 'integer'
  readonly placeholder: string
  readonly min: number
  readonly max: number
  readonly default?: number
}

interface ChoiceOption extends OptionText {
  readonly type: 'choice'
  readonly choices: readonly string[]
  readonly default?: string
}

export type Options = Readonly<Record<string, Option>>

type ValueOf<O extends Option> = O extends FlagOption
  ? boolean
  : O extends TextListOption
    ? readonly string[]
    : O extends IntegerOption
      ? O extends { readonly default: number }
        ? number
        : number | undefined
      : O extends ChoiceOption
        ? O extends { readonly default: string }
          ? O['choices'][number]
          : O['choices'][number] | undefined
        : O extends { readonly default: string }
          ? string
          : string | undefined

/** What a command receives: a value for each of its options, from the flag, else the environment, else the default. */
export type OptionValues<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> }

/** `max-records` → `YAK_MAX_RECORDS`, unless the option has its own. */
export function variableOf(name: string, { variable }: OptionText): string {
  return variable ?? `YAK_${name.replaceAll('-', '_').toUpperCase()}`
}
