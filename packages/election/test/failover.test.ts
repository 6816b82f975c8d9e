import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isRedisServerInstalled, RedisServerProcess } from '../src/testing/redis-server-process.ts'
import type { CandidateLine } from './candidate-process.ts'
import { startNode } from './run-script.ts'

const ttlMs = 1_000
const program = join(import.meta.dirname, 'candidate-process.ts')

/** Three processes with an elector each. */
class Candidates {
  readonly children = new Map<string, ChildProcess>()
  readonly lines: (CandidateLine & { readonly atMs: number })[] = []
  #progressed = () => {}

  start(url: string, id: string, index: number): void {
    const child = startNode([program, url, id, String(index), String(ttlMs)])
    this.children.set(id, child)
    child.stderr?.on('data', (data) => process.stderr.write(data))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push({ ...JSON.parse(line), atMs: performance.now() })
      this.#progressed()
    })
  }

  /** The first line after `from` that fits. */
  async until(from: number, fits: (line: CandidateLine) => boolean) {
    for (;;) {
      const found = this.lines.slice(from).find(fits)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#progressed = resolve
      })
    }
  }

  async stop(): Promise<void> {
    for (const child of this.children.values()) child.kill('SIGKILL')
  }
}

function suite(name: string, url: () => string): void {
  describe(`three processes on ${name}`, () => {
    let candidates: Candidates
    afterEach(() => candidates.stop())

    test('kill -9: another holds after the lease; SIGTERM: long before; a pause: the sleeper learns of it', async () => {
      candidates = new Candidates()
      for (const [index, id] of ['a', 'b', 'c'].entries()) candidates.start(url(), id, index)
      const first = await candidates.until(0, ({ event }) => event === 'elected')
      for (const id of ['a', 'b', 'c']) await candidates.until(0, (line) => line.id === id && line.event === 'ready')

      let from = candidates.lines.length
      const killedAtMs = performance.now()
      candidates.children.get(first.id)?.kill('SIGKILL')
      const second = await candidates.until(from, ({ event }) => event === 'elected')
      expect(second.epoch!).toBeGreaterThan(first.epoch!)
      expect(second.atMs - killedAtMs).toBeLessThan(ttlMs + 1_000)

      from = candidates.lines.length
      candidates.start(url(), first.id, ['a', 'b', 'c'].indexOf(first.id))
      await candidates.until(from, ({ event }) => event === 'ready')
      const sleeper = candidates.children.get(second.id)
      sleeper?.kill('SIGSTOP')
      const third = await candidates.until(from, ({ event }) => event === 'elected')
      expect(third.epoch!).toBeGreaterThan(second.epoch!)
      sleeper?.kill('SIGCONT')
      const lost = await candidates.until(from, ({ id, event }) => id === second.id && event === 'lost')
      expect(lost.epoch).toBe(second.epoch)

      from = candidates.lines.length
      const terminated = candidates.children.get(third.id)
      const endedAtMs = performance.now()
      terminated?.kill('SIGTERM')
      const fourth = await candidates.until(from, ({ event }) => event === 'elected')
      expect(fourth.atMs - endedAtMs).toBeLessThan(ttlMs / 2)
      if (terminated?.exitCode === null) await once(terminated, 'exit')
      expect(terminated?.exitCode).toBe(0)
      expect(candidates.lines.filter(({ event }) => event === 'problem')).toEqual([])
    })
  })
}

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-failover-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  suite('a SQLite file', () => `sqlite:${join(folder, 'coordinator.db')}`)
})

describe.skipIf(!isRedisServerInstalled())('Redis', () => {
  let server: RedisServerProcess
  beforeAll(async () => {
    server = await RedisServerProcess.start()
  })
  afterAll(() => server?.stop())
  suite('Redis', () => server.url)
})
