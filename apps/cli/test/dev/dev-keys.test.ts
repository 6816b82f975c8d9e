import { expect, test } from 'vitest'
import { DevKeyReader } from '../../src/dev/dev-keys.ts'

const read = (...texts: readonly string[]) => {
  const reader = new DevKeyReader(3)
  return texts.flatMap((text) => reader.read(text))
}

test('a number kills that broker; one that is not there does nothing', () => {
  expect(read('1', '3', '4', '0')).toEqual([
    { type: 'kill', broker: 0 },
    { type: 'kill', broker: 2 },
  ])
})

test('r and a number restarts it, once; another key in between forgets it', () => {
  expect(read('r2', '2')).toEqual([{ type: 'which' }, { type: 'restart', broker: 1 }, { type: 'kill', broker: 1 }])
  expect(read('rl', '1')).toEqual([{ type: 'which' }, { type: 'leader' }, { type: 'kill', broker: 0 }])
})

test('words of the help, and Ctrl-C and Ctrl-D as a raw terminal sends them', () => {
  expect(read('lsh?q\u0003\u0004x').map(({ type }) => type)).toEqual([
    'leader',
    'status',
    'help',
    'help',
    'quit',
    'quit',
    'quit',
  ])
})

test('arrows and function keys are no letters', () => {
  expect(read('\u001b[A\u001b[1;5D\u001bOQ\u001b[24~')).toEqual([])
})
