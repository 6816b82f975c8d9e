import { expect, test } from 'vitest'
import { BrokerOutput, withoutName } from '../../src/dev/broker-output.ts'

const entry = (level: number, msg: string): string => JSON.stringify({ level, time: 1, msg })

function outputOf(...steps: ((output: BrokerOutput) => void)[]): string[] {
  const lines: string[] = []
  const output = new BrokerOutput((line) => lines.push(line))
  for (const step of steps) step(output)
  output.end()
  return lines
}

test('of an entry and its line of text the entry passes, in whichever order they come', () => {
  const error = entry(50, 'Redis is away.')
  const log = (output: BrokerOutput) => output.logged(error)
  const text = (output: BrokerOutput) => output.saidOnStandardError('yak broker 1: Redis is away.')
  expect(outputOf(log, text)).toEqual([error])
  expect(outputOf(text, log)).toEqual([error])
  expect(outputOf(log, text, text, log)).toEqual([error, error])
})

test('a text that no entry has passes, without the name, and so does what is no text of a broker', async () => {
  const lines: string[] = []
  const output = new BrokerOutput((line) => lines.push(line))
  output.logged(entry(40, 'The data folder is not its own.'))
  output.saidOnStandardError('yak broker 1: The data folder is not its own.')
  output.saidOnStandardError('Error: a crash')
  expect(lines).toEqual([entry(40, 'The data folder is not its own.'), 'Error: a crash'])
  await expect.poll(() => lines.at(-1)).toBe('The data folder is not its own.')
  output.end()
  expect(lines).toHaveLength(3)
})

test('an error twice in the log and twice in text is two entries', () => {
  const error = entry(60, 'A bug.')
  const say = (output: BrokerOutput) => {
    output.logged(error)
    output.logged(error)
    output.saidOnStandardError('yak broker b-1: A bug.')
    output.saidOnStandardError('yak broker b-1: A bug.')
  }
  expect(outputOf(say)).toEqual([error, error])
})

test('the name before a text', () => {
  expect(withoutName('yak broker 1: A: b')).toBe('A: b')
  expect(withoutName('yak broker: --port is wrong')).toBe('--port is wrong')
  expect(withoutName('yak brokers: none')).toBe('yak brokers: none')
})
