import { isRedisServerInstalled } from '@yak/election/testing'
import { expect, test } from 'vitest'
import { VanishingNetwork } from './harness/vanishing-network.ts'
import { vanishingMachines } from './vanishing.ts'

const whyNot = isRedisServerInstalled() ? VanishingNetwork.whyNot() : 'there is no redis-server'
if (whyNot !== undefined) process.stdout.write(`  machines that vanish: not run here: ${whyNot}\n`)

test.skipIf(whyNot !== undefined)('a follower, the leader and Redis vanish without a FIN, and come back', async () => {
  const figures = await vanishingMachines()
  for (const [who, [gapMs, backMs]] of Object.entries(figures)) {
    process.stdout.write(
      `  ${who} vanished, lease 1 s: longest gap ${gapMs} ms; as before ${backMs} ms after it was back\n`,
    )
  }
  // Far below what TCP takes to give a peer up, and far above what it takes here.
  for (const [gapMs, backMs] of Object.values(figures)) expect(Math.max(gapMs, backMs)).toBeLessThan(10_000)
})
