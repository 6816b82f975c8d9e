import { YakError } from '@yak/protocol'
import { expect, test } from 'vitest'
import { BrokerReports } from '../../src/cluster/broker-reports.ts'

const [a, b, c, d, e] = ['http://a', 'http://b', 'http://c', 'http://d', 'http://e'] as const

test('the most promising is asked first', () => {
  const reports = new BrokerReports()
  reports.asked(a, 0)
  reports.asked(b, 0)
  reports.failed(b, new YakError('BROKERS_UNREACHABLE', 'refused'))
  for (const url of [c, d]) {
    reports.asked(url, 0)
    reports.answered(url, 3, c)
  }
  expect(reports.inOrder([a, b, c, d, e], c)).toEqual([d, e, c, b, a])
})

test('why there is no leader: what each said, and since when one is silent', () => {
  const reports = new BrokerReports()
  const why = (nowMs: number) => reports.whyNoLeader([a, b, c, d], 3, 1_000, nowMs)
  reports.asked(a, 0)
  reports.asked(b, 0)
  reports.failed(b, new YakError('BROKERS_UNREACHABLE', 'http://b refuses.'))
  expect(why(100)).toMatchObject({ code: 'BROKERS_UNREACHABLE', cause: { message: 'http://b refuses.' } })
  expect(why(100).message).toContain('http://a has not answered yet. http://b refuses. http://c has not answered yet.')
  expect(why(700).message).toContain('http://a has not answered for 700 ms.')
  reports.answered(c, 3, undefined)
  reports.answered(d, 3, d)
  expect(why(700)).toMatchObject({ code: 'LEADER_NOT_AVAILABLE', details: { epoch: 3 } })
  expect(why(700).message).toContain(
    'http://c knows of no leader under epoch 3. http://d says that it leads under epoch 3.',
  )
  reports.answered(a, 3, d)
  expect(why(700).message).toContain('http://a names http://d under epoch 3.')
  // One that is being asked this moment answers as far as anybody knows; one that owes an answer for long does not.
  for (const url of [a, c, d]) reports.asked(url, 1_000)
  expect(why(1_010).code).toBe('LEADER_NOT_AVAILABLE')
  expect(why(1_300).code).toBe('BROKERS_UNREACHABLE')
})

test('a broker that refuses has answered, and what it says is told', () => {
  const reports = new BrokerReports()
  reports.failed(a, new YakError('OVERLOADED', 'It holds as much as it may.'))
  reports.failed(b, new YakError('BROKERS_UNREACHABLE', 'http://b does not listen.'))
  expect(reports.whyNoLeader([a, b], -1, 1_000, 0)).toMatchObject({
    code: 'LEADER_NOT_AVAILABLE',
    message: expect.stringContaining(
      `No leader was found within 1000 ms. ${a} refuses: It holds as much as it may. http://b does not listen. Look`,
    ),
  })
  reports.failed(a, new YakError('INVALID_RESPONSE', `${a} answers 502 with text/html, as no YAK broker does.`))
  expect(reports.whyNoLeader([a, b], -1, 1_000, 0)).toMatchObject({ code: 'BROKERS_UNREACHABLE' })
})
