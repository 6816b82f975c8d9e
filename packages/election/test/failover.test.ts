import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isRedisServerInstalled, RedisServerProcess } from '../src/testing/redis-server-process.ts'
import type { CandidateLine } from './candidate-process.ts'
import { startNode } from './run-script.ts'

const ids = ['a', 'b', 'c']
const program = join(import.meta.dirname, 'candidate-process.ts')

interface Election {
  readonly id: string
  readonly epoch: number
}

/** Three processes with an elector each. */
class Candidates {
  readonly children = new Map<string, ChildProcess>()
  readonly lines: CandidateLine[] = []
  readonly #url: string
  readonly #ttlMs: number
  #progressed = () => {}

  constructor(url: string, ttlMs: number) {
    this.#url = url
    this.#ttlMs = ttlMs
  }

  start(id: string): void {
    const child = startNode([program, this.#url, id, String(ids.indexOf(id)), String(this.#ttlMs)])
    this.children.set(id, child)
    child.stderr?.on('data', (data) => process.stderr.write(data))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line))
      this.#progressed()
    })
  }

  child(id: string): ChildProcess {
    const child = this.children.get(id)
    if (child === undefined) throw new Error(`${id} was never started`)
    return child
  }

  /** What the lines give, as soon as they give something. */
  async until<T>(find: (lines: readonly CandidateLine[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this.lines)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#progressed = resolve
      })
    }
  }

  /** The newest election, once there is one above the epoch. */
  elected(aboveEpoch: number): Promise<Election> {
    return this.until((lines) => {
      const elections = lines.flatMap(({ id, event, epoch }) =>
        event === 'elected' && epoch !== undefined && epoch > aboveEpoch ? [{ id, epoch }] : [],
      )
      return elections.sort((one, other) => other.epoch - one.epoch)[0]
    })
  }

  ready(id: string, count: number): Promise<true> {
    const isReady = (line: CandidateLine) => line.id === id && line.event === 'ready'
    return this.until((lines) => (lines.filter(isReady).length >= count ? true : undefined))
  }

  stop(): void {
    for (const child of this.children.values()) child.kill('SIGKILL')
  }
}

function suite(name: string, url: () => string, isLocked: () => boolean): void {
  describe(`three processes on ${name}`, () => {
    let candidates: Candidates
    afterEach(() => candidates.stop())

    test('kill -9: another holds after the lease; a pause: the sleeper learns of it', async () => {
      candidates = new Candidates(url(), 2_000)
      for (const id of ids) candidates.start(id)
      for (const id of ids) await candidates.ready(id, 1)
      const first = await candidates.elected(0)
      candidates.child(first.id).kill('SIGKILL')
      const second = await candidates.elected(first.epoch)
      expect(second.id).not.toBe(first.id)

      candidates.start(first.id)
      await candidates.ready(first.id, 2)
      const awake = await candidates.elected(0)
      const sleeper = candidates.child(awake.id)
      sleeper.kill('SIGSTOP')
      // Stopped in the middle of a transaction it would keep the file locked: nobody could be elected until it goes on.
      while (isLocked()) {
        sleeper.kill('SIGCONT')
        sleeper.kill('SIGSTOP')
      }
      await candidates.elected(awake.epoch)
      sleeper.kill('SIGCONT')
      await candidates.until((lines) =>
        lines.find(({ id, event, epoch }) => {
          return id === awake.id && event === 'lost' && epoch === awake.epoch
        }),
      )
    })

    test('SIGTERM: another holds, and nobody waits for the lease', async () => {
      candidates = new Candidates(url(), 600_000)
      for (const id of ids) candidates.start(id)
      for (const id of ids) await candidates.ready(id, 1)
      const last = await candidates.elected(0)
      const terminated = candidates.child(last.id)
      const ended = once(terminated, 'exit')
      terminated.kill('SIGTERM')
      const next = await candidates.elected(last.epoch)
      expect(next.id).not.toBe(last.id)
      expect(await ended).toEqual([0, null])
    })
  })
}

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-failover-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'coordinator.db')
  const isLocked = () => {
    const database = new DatabaseSync(path, { timeout: 100 })
    try {
      database.exec('BEGIN IMMEDIATE; ROLLBACK')
      return false
    } catch {
      return true
    } finally {
      database.close()
    }
  }
  suite('a SQLite file', () => `sqlite:${path}`, isLocked)
})

describe.skipIf(!isRedisServerInstalled())('Redis', () => {
  let server: RedisServerProcess
  beforeAll(async () => {
    server = await RedisServerProcess.start()
  })
  afterAll(() => server?.stop())
  suite(
    'Redis',
    () => server.url,
    () => false,
  )
})
