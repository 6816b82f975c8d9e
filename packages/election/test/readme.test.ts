import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Elector } from '../src/elector.ts'
import { ManualPorts } from '../src/testing/manual-ports.ts'
import { MemoryCoordinator } from '../src/testing/memory-coordinator.ts'
import { MemoryLeaseStore } from '../src/testing/memory-lease-store.ts'
import { startNode } from './run-script.ts'

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
const blocks = [...readme.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, text]) => ({ language, text: text! }))

describe('the README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-readme-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('its first program has ten lines, runs, and prints what is said there', async () => {
    const [program, output] = blocks
    const lines = program!.text
      .trim()
      .split('\n')
      .filter((line) => line !== '')
    expect(lines.length).toBeLessThanOrEqual(10)
    expect(program!.text).toContain('sqlite:leader.db')
    const text = program!.text.replace('sqlite:leader.db', `sqlite:${join(folder, 'leader.db')}`)
    const run = () => {
      const child = startNode(['--input-type=module', '--eval', text])
      const printed = { stdout: '', stderr: '' }
      child.stderr?.on('data', (data) => (printed.stderr += data))
      child.stdout?.on('data', (data) => (printed.stdout += data))
      return { child, printed }
    }
    const first = run()
    await once(first.child.stdout!, 'data')
    const second = run()
    const secondElected = once(second.child.stdout!, 'data')
    first.child.kill('SIGTERM')
    const [code] = await once(first.child, 'close')
    expect(first.printed).toEqual({ stdout: output!.text, stderr: '' })
    expect(code).toBe(0)
    await secondElected
    second.child.kill('SIGTERM')
    await once(second.child, 'close')
    expect(second.printed.stdout.split('\n')[0]).toBe('leading, epoch 2')
  })

  test('its example with manual time says what it says', async () => {
    const ports = new ManualPorts()
    const coordinator = new MemoryCoordinator({ nowMs: () => ports.wallClockMs() })
    const elector = new Elector({ store: new MemoryLeaseStore({ coordinator, ports }), id: 'a', ports }).start()
    await ports.advance(100)
    const said = /elector\.lease \/\/ (.*)/.exec(readme)?.[1]
    const { epoch, remainingMs } = elector.lease!
    expect(said).toBe(`{ epoch: ${epoch}, remainingMs: ${remainingMs.toFixed(1)} }`)
  })

  test('names every error of a store', async () => {
    const { ERRORS } = await import('@yak/protocol')
    for (const code of Object.keys(ERRORS).filter((name) => name.startsWith('COORDINATOR_')))
      expect(readme).toContain(code)
  })
})
