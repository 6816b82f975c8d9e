import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { EPOCH_OWNERS } from '../../src/lease-record.ts'
import { startNode } from '../run-script.ts'
import type { ContenderLine } from './contender-process.ts'

const ttlMs = 2_500
const program = join(import.meta.dirname, 'contender-process.ts')

/** On a disk, and on tmpfs where there is one: locks and shared memory are other code there. */
const parents = [tmpdir(), '/dev/shm'].filter((folder) => existsSync(folder))

test.each(parents)('processes on one file in %s: one holder at a time, through kill -9', async (parent) => {
  const folder = mkdtempSync(join(parent, 'yak-contended-'))
  const path = join(folder, 'coordinator.db')
  const children: ChildProcess[] = []
  const lines: ContenderLine[] = []
  const stderr: string[] = []
  const start = (index: number) => {
    const child = startNode([program, path, String(index), String(ttlMs)])
    children[index] = child
    child.stderr?.on('data', (data) => stderr.push(String(data)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      // A process that is killed may leave half a line.
      if (line.endsWith('}')) lines.push(JSON.parse(line))
      progressed()
    })
  }
  let progressed = () => {}
  const untilHeld = async (count: number) => {
    while (held().length < count) {
      await new Promise<void>((resolve) => {
        progressed = resolve
      })
    }
  }
  const held = () => lines.flatMap((line) => ('held' in line ? [line] : []))
  try {
    // All at once on a file that does not exist: they also race to make it.
    for (let index = 0; index < 4; index++) start(index)
    for (let round = 1; round <= 4; round++) {
      await untilHeld(held().length + 60)
      const victim = round % 4
      children[victim]?.kill('SIGKILL')
      start(victim)
    }
    await untilHeld(held().length + 60)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
  expect(lines.filter((line) => !('held' in line))).toEqual([])
  expect(stderr).toEqual([])
  const epochs = held().map((line) => line.held)
  expect(new Set(epochs).size).toBe(epochs.length)
  for (const { held: epoch, ownerIndex } of held()) expect(epoch % EPOCH_OWNERS).toBe(ownerIndex)
  expect(new Set(held().map(({ ownerIndex }) => ownerIndex)).size).toBe(4)
  const database = new DatabaseSync(path)
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  database.close()
  rmSync(folder, { recursive: true })
})

test('a file that several make at the same moment is taken by all of them for what it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-opened-'))
  const threads = 3
  const workerData = { folder, files: 60, threads, gate: new Int32Array(new SharedArrayBuffer(4)) }
  const told = Array.from({ length: threads }, async () => {
    const thread = new Worker(join(import.meta.dirname, 'opening-program.ts'), { workerData })
    const [problems] = await once(thread, 'message')
    return problems as string[]
  })
  expect((await Promise.all(told)).flat()).toEqual([])
  rmSync(folder, { recursive: true })
})
