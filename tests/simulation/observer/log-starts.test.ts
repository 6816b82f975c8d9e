import { describe, expect, test } from 'vitest'
import { Coverage } from '../coverage.ts'
import { LogStarts } from './log-starts.ts'

const key = 'orders-1'

describe('LogStarts notices', () => {
  const observed = () => {
    const violations: string[] = []
    const coverage = new Coverage()
    const logStarts = new LogStarts({
      coverage,
      onViolation: (message) => violations.push(message),
      heldBetween: () => [{ baseOffset: 8, epoch: 2 }],
    })
    const letGo = (broker: string, limit: number, start: number) => {
      const lettingGo = { broker, key, limit, reason: 'size' as const }
      logStarts.begins(lettingGo)
      logStarts.ends(lettingGo, start)
      logStarts.tells(broker, key, start)
    }
    const boots = (broker: string, logStartOffset: number) =>
      logStarts.booted(broker, [{ key, logStartOffset, isFaulty: false }])
    return { violations, coverage, logStarts, letGo, boots }
  }

  test('a leader that lets go of what is not committed', () => {
    const { violations, letGo } = observed()
    letGo('b1', 10, 10)
    expect(violations).toEqual([])
    letGo('b1', 12, 13)
    expect(violations).toHaveLength(1)
  })

  test('a follower that begins above what leaders have let go of', () => {
    const { violations, logStarts, letGo } = observed()
    letGo('b1', 10, 8)
    logStarts.startsAt('b2', key, 8)
    expect(violations).toEqual([])
    logStarts.startsAt('b2', key, 9)
    expect(violations).toHaveLength(1)
  })

  test('a start that is gone after a crash', () => {
    const { violations, letGo, boots } = observed()
    letGo('b1', 10, 8)
    boots('b1', 8)
    expect(violations).toEqual([])
    boots('b1', 7)
    expect(violations).toHaveLength(1)
  })

  test('a broker that takes what was written since for deleted', () => {
    const { violations, logStarts } = observed()
    logStarts.deletes(key, { endOffset: 9, leaderEpoch: 2 })
    logStarts.tells('b1', key, 9)
    expect(violations).toEqual([])
    logStarts.deletes(key, { endOffset: 12, leaderEpoch: 1 })
    logStarts.tells('b2', key, 12)
    expect(violations).toHaveLength(1)
  })

  test('and not what a crash cut short: it had saved the start or not, and began anew or not', () => {
    const { violations, coverage, logStarts, letGo, boots } = observed()
    letGo('b1', 10, 5)
    logStarts.begins({ broker: 'b1', key, limit: 10, reason: 'size' })
    logStarts.ended('b1')
    boots('b1', 9)
    expect(coverage.of('log start saved and not told')).toBe(1)
    logStarts.startsAt('b2', key, 9)
    logStarts.changes('b1', key)
    boots('b1', 3)
    expect(violations).toEqual([])
  })
})
