import { describe, expect, test } from 'vitest'
import { parseArguments } from '../../src/arguments/parse-arguments.ts'

const options = {
  key: { type: 'text', placeholder: 'KEY', description: '' },
  from: { type: 'text', placeholder: 'WHERE', description: '', default: 'earliest' },
  max: { type: 'integer', placeholder: 'N', min: 1, max: 100, description: '' },
  json: { type: 'flag', description: '' },
  header: { type: 'text-list', placeholder: 'K=V', description: '' },
  types: { type: 'choice', choices: ['text', 'infer'], description: '' },
} as const

const parse = (args: string, environment: Record<string, string> = {}) =>
  parseArguments(args === '' ? [] : args.split(' '), options, environment)

describe('values', () => {
  test('come from the flag, else the environment, else the default', () => {
    expect(parse('').values).toEqual({
      key: undefined,
      from: 'earliest',
      max: undefined,
      json: false,
      header: [],
      types: undefined,
    })
    expect(parse('', { YAK_FROM: 'latest', YAK_JSON: '1', YAK_MAX: '7', YAK_HEADER: 'a=1,b=2' }).values).toMatchObject({
      from: 'latest',
      json: true,
      max: 7,
      header: ['a=1', 'b=2'],
    })
    expect(parse('--from 5 --json=false', { YAK_FROM: 'latest', YAK_JSON: 'true' }).values).toMatchObject({
      from: '5',
      json: false,
    })
    expect(parse('', { YAK_FROM: '' }).values.from).toBe('earliest')
  })

  test('positionals stand anywhere; a list gathers; -- ends the flags', () => {
    expect(parse('a --max 3 b --header x=1 --header y=2 -- --json')).toMatchObject({
      positionals: ['a', 'b', '--json'],
      values: { max: 3, header: ['x=1', 'y=2'], json: false },
    })
  })

  test('a negative number is a value, and so is anything behind an equals sign', () => {
    expect(parse('--key -5').values.key).toBe('-5')
    expect(parse('--key=--json').values.key).toBe('--json')
    expect(parse('--key=').values.key).toBe('')
  })
})

test.each([
  ['--mxa 3', 'There is no flag --mxa.'],
  ['-x', 'There is no flag -x.'],
  ['--toString', 'There is no flag --toString.'],
  ['--key', '--key needs a value: --key KEY.'],
  ['--key --json', '--key needs a value: --key KEY. For one that begins with a dash write --key=--json.'],
  ['--key a --key b', '--key is given twice. Give it once.'],
  ['--max ten', '--max is "ten". Give a whole number from 1 to 100.'],
  ['--max 0', '--max is "0". Give a whole number from 1 to 100.'],
  ['--max 1.5', '--max is "1.5". Give a whole number from 1 to 100.'],
  ['--json=maybe', '--json is "maybe". Give true or false.'],
  ['--types number', '--types is "number". Give text, infer.'],
])('%s', (args, message) => {
  expect(() => parse(args)).toThrow(message)
})

test('an error names the variable a value came from', () => {
  expect(() => parse('', { YAK_MAX: 'ten' })).toThrow('YAK_MAX is "ten". Give a whole number from 1 to 100.')
})
