import { LIMITS } from '@yak/protocol'
import { expect, test } from 'vitest'
import { brokerLogger } from '../src/broker-logger.ts'
import { LogLines } from '../src/log-lines.ts'

test('as many lines are kept as may be, and all are counted', () => {
  const lines = new LogLines()
  const count = LIMITS.maxKeptLogLines + 5
  for (let line = 1; line <= count; line++) lines.write(`{"msg":"${line}"}\n`)
  expect(lines.total).toBe(count)
  const kept = lines.newest(count)
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([LIMITS.maxKeptLogLines, '{"msg":"6"}', `{"msg":"${count}"}`])
  expect(lines.newest(2)).toEqual([`{"msg":"${count - 1}"}`, `{"msg":"${count}"}`])
  expect(lines.newest(0)).toEqual([])
})

test('long lines are cut, and no more bytes are kept than may be', () => {
  const lines = new LogLines()
  // Two bytes for each character.
  for (let line = 0; line < 40; line++) lines.write(`${'é'.repeat(LIMITS.maxKeptLogLineLength + 1)}\n`)
  const kept = lines.newest(LIMITS.maxKeptLogLines)
  expect(kept[0]).toBe(`${'é'.repeat(LIMITS.maxKeptLogLineLength)}…`)
  const sizeBytes = kept.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
  expect(sizeBytes).toBeLessThanOrEqual(LIMITS.maxKeptLogBytes)
  expect(sizeBytes).toBeGreaterThan(LIMITS.maxKeptLogBytes - 2 * (LIMITS.maxKeptLogLineLength + 1))
})

test.each([
  ['silent', [], []],
  ['error', ['error'], ['error']],
  ['info', ['info', 'error'], ['error']],
  ['debug', ['debug', 'info', 'error'], ['error']],
] as const)('with --log-level %s lines from info on are kept', (logLevel, written, problems) => {
  const lines = new LogLines()
  const [output, errors]: [string[], string[]] = [[], []]
  const logger = brokerLogger({ id: 'b', logLevel }, lines, {
    output: { write: (line) => void output.push(line) },
    problems: { write: (line) => void errors.push(line) },
  })
  logger.debug('debug')
  logger.info('info')
  logger.error({ at: 1 }, 'error')
  const said = (each: readonly string[]) => each.map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect([said(output), said(errors), said(lines.newest(10))]).toEqual([written, problems, ['info', 'error']])
  expect(JSON.parse(lines.newest(1)[0]!)).toMatchObject({ level: 50, broker: 'b', at: 1 })
  expect(logger.isLevelEnabled('debug')).toBe(logLevel === 'debug')
})
