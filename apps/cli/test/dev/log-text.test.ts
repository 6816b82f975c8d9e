import { expect, test } from 'vitest'
import { logText, plainText } from '../../src/dev/log-text.ts'

const plain = { name: 'broker-1', colour: undefined }
const time = new Date(2026, 0, 2, 3, 4, 5, 67).getTime()

test('one line: time, broker, level, what happened, and the fields', () => {
  const line = JSON.stringify({ level: 30, time, broker: '1', msg: 'serving', url: 'http://h:1', epoch: 3, why: 'a b' })
  expect(logText(line, plain)).toBe('03:04:05.067 broker-1 info  serving url=http://h:1 epoch=3 why="a b"')
})

test('an error shows its code and sentence, not its stack', () => {
  const err = { type: 'YakError', code: 'STORAGE_FAILED', message: 'No space left.', stack: 'at …\nat …' }
  const line = JSON.stringify({ level: 50, time, broker: '1', err, partition: 'orders-0', msg: 'a log is not served' })
  expect(logText(line, plain)).toBe(
    '03:04:05.067 broker-1 error a log is not served partition=orders-0 (STORAGE_FAILED: No space left.)',
  )
})

test('what is no log entry is shown as it is, without control characters', () => {
  const shown = `${' '.repeat(13)}broker-1       `
  expect(logText('--port is "x". Give a whole number.', plain)).toBe(`${shown}--port is "x". Give a whole number.`)
  expect(logText('{"half": ', plain)).toBe(`${shown}{"half": `)
  expect(logText('{"no":"level"}', plain)).toBe(`${shown}{"no":"level"}`)
  expect(plainText('\u001b[2Jgone', plain)).toBe(`${shown}\\u001b[2Jgone`)
})

test('in colour the broker, warnings and errors stand out; without, there is no escape at all', () => {
  const line = JSON.stringify({ level: 40, time, broker: '1', msg: 'slow', ms: 5 })
  const coloured = logText(line, { name: 'broker-1', colour: 36 })
  expect(coloured).toContain('\u001b[36mbroker-1\u001b[0m')
  expect(coloured).toContain('\u001b[33mwarn \u001b[0m')
  expect(logText(line, plain)).not.toContain('\u001b')
})
