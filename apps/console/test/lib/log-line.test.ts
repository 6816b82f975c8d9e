import { expect, test } from 'vitest'
import { readLogLine } from '../../src/lib/log-line.ts'

test('a line is read: when, how bad, what, and the rest', () => {
  const line =
    '{"level":40,"time":1767225600000,"broker":"1","code":"OVERLOADED","requests":7,"msg":"requests refused"}'
  expect(readLogLine(line)).toEqual({
    at: 1_767_225_600_000,
    level: 'warn',
    text: 'requests refused',
    fields: [
      ['code', 'OVERLOADED'],
      ['requests', '7'],
    ],
  })
})

test('of an error there is its stack', () => {
  const err = { type: 'TypeError', message: 'no', stack: 'TypeError: no\n    at there.ts:1' }
  const { level, fields } = readLogLine(JSON.stringify({ level: 60, time: 1, err, other: { a: 1 }, msg: 'x' }))
  expect(level).toBe('error')
  expect(fields).toEqual([
    ['err', err.stack],
    ['other', '{"a":1}'],
  ])
})

test.each(['{"level":30,"msg":"cut…', '[1]', 'null', '7', 'a word', ''])('%s is text', (line) => {
  expect(readLogLine(line)).toEqual({ at: null, level: 'info', text: line, fields: [] })
})

test('a line without what others have is shown all the same', () => {
  expect(readLogLine('{"time":"yesterday","level":"high"}')).toEqual({ at: null, level: 'info', text: '', fields: [] })
})
