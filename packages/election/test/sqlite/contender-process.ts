import { linkSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { SqliteLeaseStore } from '../../src/sqlite/sqlite-lease-store.ts'

/** What a contender prints, a line of JSON for each. */
export type ContenderLine =
  | { readonly held: number; readonly ownerIndex: number }
  | { readonly violation: string }
  | { readonly failed: string }

/**
 * A process that takes the lease of a file, marks with a second file that it alone holds it, and lets go, for ever. Arguments: the
 * path, its owner index, the length of the lease.
 */
if (process.argv[1] === import.meta.filename) {
  const [path = '', index = '', ttl = ''] = process.argv.slice(2)
  await contend(path, Number(index), Number(ttl))
}

async function contend(path: string, ownerIndex: number, ttlMs: number): Promise<void> {
  const store = await SqliteLeaseStore.open({ path, timeoutMs: 10_000 })
  const candidate = { id: `contender-${ownerIndex}`, incarnation: String(process.pid), ownerIndex }
  for (;;) {
    try {
      const answer = await store.acquire({ group: 'contended', candidate, ttlMs })
      if (!answer.acquired) {
        await shortWhile()
        continue
      }
      const { epoch } = answer
      markHeld(`${path}.held`)
      const renewal = await store.renew({ group: 'contended', candidate, epoch, ttlMs })
      if (!renewal.renewed) print({ violation: `renewal refused: ${renewal.reason}` })
      await shortWhile()
      rmSync(`${path}.held`)
      await store.release({ group: 'contended', candidate, epoch })
      print({ held: epoch, ownerIndex })
    } catch (error) {
      print({ failed: String(error) })
    }
  }
}

function markHeld(mark: string): void {
  const own = `${mark}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, mark)
  } catch {
    const other = Number(readFileSync(mark, 'utf8'))
    if (isAlive(other)) print({ violation: `${process.pid} holds the lease together with ${other}` })
    rmSync(mark, { force: true })
    markHeld(mark)
  }
}

/** A holder that was killed leaves its mark behind. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function shortWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
}

function print(line: ContenderLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}
