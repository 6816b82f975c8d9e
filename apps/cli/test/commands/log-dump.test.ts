import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { encodeRecordBatch, stampRecordBatch } from '@yak/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BrokerProcess, yak } from '../yak-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'yak-cli-dump-'))
  await mkdir(join(folder, 'folder', '00000000000000000000.log'), { recursive: true })
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const timestamp = Date.UTC(2026, 0, 31, 10)

function batch(baseOffset: number, values: readonly string[]): Uint8Array {
  const bytes = encodeRecordBatch(
    values.map((value, index) => ({ key: `k${index}`, value, timestamp: timestamp + index })),
    {},
  )
  stampRecordBatch(bytes, 0, baseOffset, 3)
  return bytes
}

async function segment(...parts: readonly Uint8Array[]): Promise<string> {
  const path = join(await mkdtemp(join(folder, 'p-')), '00000000000000000000.log')
  await writeFile(path, Buffer.concat(parts))
  return path
}

describe('a .log', () => {
  const first = batch(0, ['"a"', '"b"'])
  const second = batch(2, ['{"cpu":0.70}'])

  test('shows its batches with the verdict on each checksum, and with --records their records', async () => {
    const path = await segment(first, second)
    const { code, stdout, stderr } = await yak(['log', 'dump', path, '--records'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n')).toEqual([
      `position 0  offsets 0 to 1  2 records  epoch 3  2026-01-31T10:00:00.001Z  ${first.length} bytes  none  no producer id  checksum ok`,
      '  0  2026-01-31T10:00:00.000Z  k0  "a"',
      '  1  2026-01-31T10:00:00.001Z  k1  "b"',
      `position ${first.length}  offsets 2 to 2  1 record  epoch 3  2026-01-31T10:00:00.000Z  ${second.length} bytes  none  no producer id  checksum ok`,
      '  2  2026-01-31T10:00:00.000Z  k0  {"cpu":0.70}',
      `2 batches, 3 records, ${first.length + second.length} bytes`,
      '',
    ])
    expect((await yak(['log', 'dump', path])).stdout.split('\n')).toHaveLength(4)
  })

  test('space written ahead is told from a torn tail', async () => {
    const { code, stdout } = await yak(['log', 'dump', await segment(first, new Uint8Array(5_000))])
    expect(code).toBe(0)
    expect(stdout).toMatch(/\n5,000 bytes of zeros at the end: space written ahead\n$/)
    expect(stdout).not.toContain('torn')
  })

  test('a torn tail is shown, and is no damage: recovery cuts it', async () => {
    const { code, stdout, stderr } = await yak(['log', 'dump', await segment(first, second.subarray(0, 40))])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`\ntorn tail: the 40 bytes from position ${first.length} on are no whole batch\n`)

    const flipped = Uint8Array.from(second)
    flipped[70]! ^= 1
    const wrong = await yak(['log', 'dump', await segment(first, flipped)])
    expect(wrong.code).toBe(0)
    expect(wrong.stdout).toContain('checksum WRONG')
    expect(wrong.stdout).toContain(`\ntorn tail: the ${flipped.length} bytes from position ${first.length} on`)
  })

  test('a wrong batch before a good one is damage', async () => {
    const flipped = Uint8Array.from(first)
    flipped[70]! ^= 1
    const path = await segment(flipped, second)
    const { code, stdout, stderr } = await yak(['log', 'dump', path])
    expect({ code, stdout, stderr }).toMatchObject({ code: 1 })
    expect(stdout).toContain('checksum WRONG')
    expect(stderr).toBe(
      `${path}: From position 0 to ${first.length} there is no whole batch: the log is damaged in its middle.\n`,
    )
  })

  test('rubbish between batches is damage, and the batches behind it are shown', async () => {
    const path = await segment(first, Buffer.from('rubbish'.repeat(20)), second)
    const { code, stdout, stderr } = await yak(['log', 'dump', path])
    expect({ code, stdout, stderr }).toMatchObject({ code: 1 })
    expect(stdout).toContain('2 batches, 3 records')
    expect(stderr).toContain(`From position ${first.length} to ${first.length + 140} there is no whole batch`)
  })

  test('what is no log is none, and what can be the beginning of a batch is a torn tail', async () => {
    const foreign = await segment(Buffer.from('# A text, and no log of a broker at all.'))
    const { code, stdout, stderr } = await yak(['log', 'dump', foreign])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '0 batches, 0 records, 40 bytes\n' })
    expect(stderr).toBe(
      `${foreign}: No batch begins at its start: it is no log of a broker, or its first bytes are lost.\n`,
    )
    for (const length of [12, 40]) {
      const torn = await yak(['log', 'dump', await segment(first.subarray(0, length))])
      expect(torn).toMatchObject({ code: 0, stderr: '' })
      expect(torn.stdout).toContain('torn tail: the ')
    }
  })

  test('one whose batches lie below the offset of its name is another segment', async () => {
    const path = join(await mkdtemp(join(folder, 'p-')), '00000000000000000005.log')
    await writeFile(path, first)
    expect(await yak(['log', 'dump', path])).toMatchObject({
      code: 1,
      stderr: `${path}: The batch at position 0 begins at offset 0, and it can begin at 5 or later.\n`,
    })
  })

  test('an empty one', async () => {
    expect(await yak(['log', 'dump', await segment()])).toMatchObject({
      code: 0,
      stdout: '0 batches, 0 records, 0 bytes\n',
    })
  })
})

test.each([
  ['what.txt', 2, /cannot be told from its name/],
  [
    '00000000000000000009.log',
    1,
    /^yak log dump: .* cannot be used: no such file or directory\. Correct the path\. \(ENOENT\)\n$/,
  ],
  ['folder/00000000000000000000.log', 1, /^yak log dump: .* is a folder\. Name one file\. \(EISDIR\)\n$/],
])('%s', async (name, code, message) => {
  const finished = await yak(['log', 'dump', join(folder, name)])
  expect(finished).toMatchObject({ code, stdout: '' })
  expect(finished.stderr).toMatch(message)
})

test('nothing in a .cut is damage: it is what recovery took out of a log', async () => {
  const good = batch(7, ['"b"'])
  const lostSector = Buffer.concat([new Uint8Array(512), Buffer.from('the rest of a write that was torn')])
  for (const bytes of [lostSector, Buffer.concat([lostSector, good])]) {
    const path = join(await mkdtemp(join(folder, 'p-')), '00000000000000000005.cut-0')
    await writeFile(path, bytes)
    expect(await yak(['log', 'dump', path])).toMatchObject({ code: 0, stderr: '' })
  }
})

describe('the folder of a broker that was killed', () => {
  let broker: BrokerProcess
  let files: string[]

  beforeAll(async () => {
    broker = await BrokerProcess.start()
    const input = Array.from({ length: 20_000 }, (_, index) => `{"n":${index}}\n`).join('')
    await yak(['produce', 'orders', '--file', '-', '--partition', '0', '--brokers', broker.url], { input })
    await broker.kill('SIGTERM')
    const found = await readdir(broker.dataDir, { recursive: true })
    files = found.map((name) => join(broker.dataDir, name)).filter((path) => !path.includes('__metadata'))
  })

  afterAll(async () => {
    await broker.stop()
  })

  const dump = async (suffix: string, ...flags: string[]) => {
    const results = []
    for (const path of files.filter((path) => basename(path).endsWith(suffix)))
      results.push(await yak(['log', 'dump', path, ...flags]))
    return results
  }

  test('.log: every record', async () => {
    const results = await dump('.log', '--records')
    expect(results.every(({ code }) => code === 0)).toBe(true)
    const values = results.flatMap(({ stdout }) => stdout.match(/\{"n":\d+\}/g) ?? [])
    expect(values).toHaveLength(20_000)
    expect(results.map(({ stdout }) => stdout).join('')).toMatch(/producer \d+\/0 sequence 0 to \d+ {2}checksum ok/)
  })

  test('.index: each entry names a batch; one that does not is damage', async () => {
    const results = await dump('.index')
    expect(results.every(({ code, stderr }) => code === 0 && stderr === '')).toBe(true)
    expect(results.some(({ stdout }) => /^offset \d+ {2}position \d+\n/.test(stdout))).toBe(true)

    const path = (
      await Promise.all(
        files
          .filter((file) => file.endsWith('.index'))
          .map(async (file) => ({ file, size: (await readFile(file)).length })),
      )
    ).find(({ size }) => size > 0)!.file
    const bytes = await readFile(path)
    bytes.writeInt32BE(bytes.readInt32BE(4) + 1, 4)
    await writeFile(path, bytes)
    const { code, stdout, stderr } = await yak(['log', 'dump', path])
    expect(code).toBe(1)
    expect(stdout).toContain('WRONG')
    expect(stderr).toContain('Entry 0 says that offset')

    await writeFile(path, Buffer.alloc(8 * 100))
    expect((await yak(['log', 'dump', path])).stderr.trimEnd().split('\n')).toEqual([
      ...Array.from({ length: 20 }, () => expect.stringContaining(': Entry ')),
      expect.stringMatching(/: and \d+ more problems$/),
    ])
  })

  test('.timeindex, leader-epoch-checkpoint and log-checkpoint', async () => {
    const times = await dump('.timeindex')
    expect(times.every(({ code }) => code === 0)).toBe(true)
    expect(times.some(({ stdout }) => /^\d{4}-\d\d-\d\dT.*Z {2}\d+ {2}offset \d+\n/.test(stdout))).toBe(true)
    const epochs = await dump('leader-epoch-checkpoint')
    expect(epochs.some(({ code, stdout }) => code === 0 && stdout === 'epoch 64  from offset 0\n1 epoch\n')).toBe(true)
    const checkpoints = await dump('log-checkpoint')
    expect(checkpoints.some(({ code, stdout }) => code === 0 && /\nsyncedEndOffset +20000\n/.test(stdout))).toBe(true)
  })

  test('.snapshot: the producers, and a wrong checksum is damage', async () => {
    const results = await dump('.snapshot')
    expect(results.some(({ code, stdout }) => code === 0 && /producer \d+ {2}epoch 0/.test(stdout))).toBe(true)
    const path = files.find((file) => file.endsWith('.snapshot'))!
    const bytes = await readFile(path)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(path, bytes)
    expect(await yak(['log', 'dump', path])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no whole snapshot'),
    })
  })
})
