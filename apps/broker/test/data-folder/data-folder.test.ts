import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataFolder, DataFolderError } from '../../src/data-folder/data-folder.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** One with the lock of a broker that is gone. */
async function usedFolder(): Promise<string> {
  const path = await temporaryFolder()
  await writeFile(join(path, 'lock'), '')
  return path
}

async function refusal(path: string, brokerId = '1'): Promise<string> {
  const error = await DataFolder.open(path, brokerId).then(
    () => new Error('It opened.'),
    (error: Error) => error,
  )
  expect(error).toBeInstanceOf(DataFolderError)
  return error.message
}

describe('a data folder', () => {
  test('gets its identity once and keeps it', async () => {
    const path = join(await temporaryFolder(), 'made', 'on', 'the way')
    const first = await DataFolder.open(path, '1')
    const { identity } = first
    first.close()
    const second = await DataFolder.open(path, '1')
    expect(second.identity).toEqual(identity)
    expect(identity.diskId).not.toBe(identity.brokerId)
    second.close()
  })

  test('that cannot be made or used is told at once, with what to do', async () => {
    // Below /proc a folder can never be made, and the system says that there is none: Node's own recursive mkdir never ends.
    expect(await refusal('/proc/yak/data')).toMatch(
      /^The data folder \/proc\/yak\/data cannot be made: ENOENT.*--data-dir\.$/,
    )
    const path = await temporaryFolder()
    await writeFile(join(path, 'file'), '')
    expect(await refusal(join(path, 'file', 'data'))).toMatch(/cannot be made: EEXIST.*Choose another --data-dir\.$/)
    await mkdir(join(path, 'a', 'lock'), { recursive: true })
    expect(await refusal(join(path, 'a'))).toMatch(/\/a\/lock cannot be used: .*Check its permissions/)
    await mkdir(join(path, 'b', 'meta.json'), { recursive: true })
    await writeFile(join(path, 'b', 'lock'), '')
    expect(await refusal(join(path, 'b'))).toMatch(/\/b cannot be used: EISDIR.*Check its permissions/)
  })

  test('is refused to another broker', async () => {
    const path = await temporaryFolder()
    const folder = await DataFolder.open(path, '1')
    folder.close()
    expect(await refusal(path, '2')).toMatch(/belongs to broker "1", and this is broker "2"\. Start it with --id 1/)
    ;(await DataFolder.open(path, '1')).close()
  })

  test('is refused while somebody has it, in the same process too', async () => {
    const path = await temporaryFolder()
    const folder = await DataFolder.open(path, '1')
    expect(await refusal(path)).toContain('is in use by another broker process')
    folder.close()
    ;(await DataFolder.open(path, '1')).close()
  })

  test('is refused when its lock was removed, with or without a broker that has it, until somebody makes another', async () => {
    const path = await temporaryFolder()
    const folder = await DataFolder.open(path, '1')
    await rm(join(path, 'lock'))
    expect(await refusal(path)).toMatch(/has no file "lock" any more.*Make sure that none runs on it.*touch \S+\/lock/)
    folder.close()
    expect(await refusal(path)).toContain('has no file "lock" any more')
    await writeFile(join(path, 'lock'), '')
    ;(await DataFolder.open(path, '1')).close()
  })

  test('with two starters at once, one wins', async () => {
    const path = await temporaryFolder()
    const outcomes = await Promise.allSettled([DataFolder.open(path, '1'), DataFolder.open(path, '1')])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.close()
  })

  test('with logs and no identity is somebody’s data with a file missing', async () => {
    const path = await temporaryFolder()
    await mkdir(join(path, 'logs', 'some-0'), { recursive: true })
    expect(await refusal(path)).toContain('holds logs and no meta.json')
    await rm(join(path, 'logs', 'some-0'), { recursive: true })
    ;(await DataFolder.open(path, '1')).close()
  })

  test('with a damaged file is refused, and left as it is', async () => {
    const path = await usedFolder()
    ;(await DataFolder.open(path, '1')).close()
    await writeFile(join(path, 'meta.json'), '{"version":1')
    expect(await refusal(path)).toContain('meta.json is damaged')
    expect(await readFile(join(path, 'meta.json'), 'utf8')).toBe('{"version":1')
  })

  test.each([{ version: 2, brokerId: '1', diskId: 'of another kind', more: [] }, { version: 2 }])(
    'of another version is refused, not called damaged, and left as it is: %j',
    async (meta) => {
      const path = await usedFolder()
      const text = JSON.stringify(meta)
      await writeFile(join(path, 'meta.json'), text)
      const said = await refusal(path)
      expect(said).toContain('meta.json is of version 2, and this program reads version 1. Start the version of YAK')
      expect(said).not.toContain('damaged')
      expect(await readFile(join(path, 'meta.json'), 'utf8')).toBe(text)
    },
  )

  test.each(['null', '{}', '{"version":"1"}', '{"version":1,"brokerId":"1"}'])('damaged is also %s', async (text) => {
    const path = await usedFolder()
    await writeFile(join(path, 'meta.json'), text)
    expect(await refusal(path)).toContain('meta.json is damaged')
  })

  test('where no folder can be is refused', async () => {
    const path = join(await temporaryFolder(), 'file')
    await writeFile(path, '')
    expect(await refusal(path)).toContain('cannot be made')
  })
})
