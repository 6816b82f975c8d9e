import { expect, test } from 'vitest'
import { yak } from '../yak-process.ts'

/** Prints, when the process ends, the size of the young generation in bytes. */
const probe = `import { getHeapSpaceStatistics } from 'node:v8'
process.on('exit', () => console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size))`

test('what a broker loads does not make the young generation grow to 16 MB', async () => {
  const nodeFlags = ['--import', `data:text/javascript,${encodeURIComponent(probe)}`]
  // Everything is loaded when the settings are looked at.
  const { code, stdout, stderr } = await yak(['broker', '--port', 'none'], { nodeFlags })
  expect(code).toBe(2)
  expect(stderr).toContain('--port')
  expect(Number(stdout)).toBeGreaterThan(0)
  expect(Number(stdout)).toBeLessThanOrEqual(8_388_608)
})
