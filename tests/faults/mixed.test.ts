import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, expect, test } from 'vitest'
import { mixedReportText, mixedRun } from './mixed-run.ts'

const forMs = Number(process.env.YAK_FAULTS_MIXED_MS ?? 35_000)

describe.skipIf(!isRedisServerInstalled())('faults of all kinds, at random', () => {
  test('no anomaly', { timeout: forMs + 120_000 }, async () => {
    const seed = Number(process.env.YAK_FAULTS_SEED ?? Date.now() % 1_000_000)
    process.stdout.write(`  mixed faults for ${forMs} ms, YAK_FAULTS_SEED=${seed}\n`)
    const mixed = await mixedRun({ seed, forMs })
    process.stdout.write(mixedReportText(mixed))
    expect(mixed.report.availability.sends.ok).toBeGreaterThan(100)
    expect(mixed.faults.size).toBeGreaterThan(3)
  })
})
