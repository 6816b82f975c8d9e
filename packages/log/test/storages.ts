import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { NodeStorage, type Storage } from '../src/index.ts'
import { MemoryStorage } from '../src/testing/index.ts'

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'yak-log-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Every storage that the log's own suites run on. */
export const STORAGES: readonly { readonly name: string; readonly create: () => Promise<Storage> }[] = [
  { name: 'NodeStorage', create: async () => new NodeStorage(await temporaryFolder()) },
  { name: 'MemoryStorage', create: async () => new MemoryStorage() },
]
