import type { YakClient } from '@yak/client'
import { YakError } from '@yak/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { reportConnection } from '../src/connect.ts'

const url = 'http://127.0.0.1:5001'

/** What a client tells, without one: `lose` and `find` are its leader that goes and comes. */
function reported() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const listeners = new Map<string, (event: never) => void>()
  const lines: string[] = []
  const client = {
    on: (name: string, listener: (event: never) => void) => {
      listeners.set(name, listener)
      return () => {}
    },
  } as unknown as Pick<YakClient, 'on'>
  const report = reportConnection(client, { line: (text) => void lines.push(text) })
  const silence = new YakError('BROKERS_UNREACHABLE', 'It does not listen.')
  return {
    lines,
    report,
    find: () => listeners.get('connected')!({ url, id: '1', epoch: 1 } as never),
    lose: (error = silence) => listeners.get('disconnected')!({ url, error } as never),
  }
}

test('a broker that answers and refuses by turns is told of once', () => {
  const { lines, find, lose } = reported()
  find()
  for (let count = 0; count < 30; count++) {
    lose()
    find()
    vi.advanceTimersByTime(100)
  }
  expect(lines).toEqual([`${url} does not answer any more; trying on`, `${url} leads and answers`])
})

test('one that is lost again is told of when that lasts, or some time lies between', () => {
  const { lines, find, lose } = reported()
  find()
  lose()
  find()
  lose()
  expect(lines).toHaveLength(2)
  vi.advanceTimersByTime(3_000)
  expect(lines).toHaveLength(3)
  find()
  vi.advanceTimersByTime(10_000)
  lose()
  expect(lines.slice(2)).toEqual([
    `${url} does not answer any more; trying on`,
    `${url} leads and answers`,
    `${url} does not answer any more; trying on`,
  ])
})

test('none that answers at all is told of after a while', () => {
  const { lines, report } = reported()
  // Nobody was asked: standard input brings nothing yet.
  vi.advanceTimersByTime(60_000)
  expect(lines).toEqual([])
  report.begin()
  vi.advanceTimersByTime(2_999)
  report.begin()
  expect(lines).toEqual([])
  vi.advanceTimersByTime(1)
  expect(lines).toEqual(['no leader answers yet; trying on'])
})

test.each([
  [new YakError('NOT_LEADER', 'Broker 2 leads.'), `${url} does not lead any more; trying on`],
  [
    new YakError('INVALID_RESPONSE', 'A page.', { details: { url, status: 502, contentType: 'text/html' } }),
    `${url} answers 502 as no broker does; trying on`,
  ],
])('one that answers is not told of as silent', (error, line) => {
  const { lines, find, lose } = reported()
  find()
  lose(error)
  expect(lines).toEqual([line])
})
