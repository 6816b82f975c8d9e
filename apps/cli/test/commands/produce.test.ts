import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { BrokerProcess, cleanEnvironment, YakProcess, yak, yakCommand } from '../yak-process.ts'

let broker: BrokerProcess
let folder: string
let environment: Record<string, string>
let topicCount = 0

beforeAll(async () => {
  broker = await BrokerProcess.start()
  folder = await mkdtemp(join(tmpdir(), 'yak-cli-rows-'))
  environment = { YAK_BROKERS: broker.url }
})

afterAll(async () => {
  await broker.stop()
  await rm(folder, { recursive: true, force: true })
})

const newTopic = (): string => `produced-${++topicCount}`

interface Consumed {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: unknown
  readonly headers: Record<string, unknown>
}

/** The topic as `yak consume --json` shows it, each line with its raw text. */
async function consumed(topic: string): Promise<(Consumed & { readonly line: string })[]> {
  const { code, stdout, stderr } = await yak(['consume', topic, '--json'], { environment })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ ...(JSON.parse(line) as Consumed), line }))
}

async function file(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe('one value', () => {
  test('is acknowledged with its place, and kept byte for byte', async () => {
    const topic = newTopic()
    const sent = await yak(
      ['produce', topic, '--value', '{"cpu":  0.70}', '--key', 'web-1', '--header', 'trace=4bf9', '--partition', '2'],
      { environment },
    )
    expect(sent).toMatchObject({ code: 0, stdout: `${topic} partition 2 offset 0 epoch 64\n`, stderr: '' })
    const [record] = await consumed(topic)
    expect(record).toMatchObject({ partition: 2, offset: 0, key: 'web-1', headers: { trace: '4bf9' } })
    expect(record!.line).toContain('"value":{"cpu":  0.70}')
  })

  test('as JSON', async () => {
    const topic = newTopic()
    const sent = await yak(['produce', topic, '--value', '1', '--json'], { environment })
    expect(JSON.parse(sent.stdout)).toMatchObject({ topic, offset: 0, epoch: 64 })
  })

  test('a partition the topic does not have', async () => {
    const { code, stdout, stderr } = await yak(['produce', newTopic(), '--value', '1', '--partition', '7'], {
      environment,
    })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^yak produce: .*\(PARTITION_OUT_OF_RANGE\)\n$/)
  })
})

describe('rows', () => {
  test('of a CSV file: each once, those of a key in one partition and in file order', async () => {
    const topic = newTopic()
    const rows = Array.from({ length: 5_000 }, (_, index) => `${index},host-${index % 17},${index}.0`)
    const path = await file('rows.csv', `\ufeffn,host,value\r\n${rows.join('\r\n')}\r\n`)
    const { code, stdout, stderr } = await yak(['produce', topic, '--file', path, '--key', 'host'], { environment })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^5,000 sent, 0 failed, 0 unknown · 99.9 kB in .* rows\/s\n$/)

    const records = await consumed(topic)
    expect(records).toHaveLength(5_000)
    const byKey = Map.groupBy(records, (record) => record.key)
    expect(byKey.size).toBe(17)
    for (const [key, own] of byKey) {
      expect(new Set(own.map((record) => record.partition)).size).toBe(1)
      const host = Number(key!.slice('host-'.length))
      expect(own.map((record) => record.value)).toEqual(
        Array.from({ length: own.length }, (_, index) => ({
          n: `${index * 17 + host}`,
          host: key,
          value: `${index * 17 + host}.0`,
        })),
      )
    }
  })

  test('numbers stand as written with --types infer', async () => {
    const topic = newTopic()
    const path = await file('types.csv', 'id,value\n12345678901234567890,9926554.0\n')
    expect(await yak(['produce', topic, '--file', path, '--types', 'infer'], { environment })).toMatchObject({
      code: 0,
    })
    expect((await consumed(topic))[0]!.line).toContain('"value":{"id":12345678901234567890,"value":9926554.0}')
  })

  test('of standard input: NDJSON, CSV and lines', async () => {
    const topic = newTopic()
    const options = (input: string) => ({ environment, input })
    await yak(
      ['produce', topic, '--file', '-', '--key', 'k', '--partition', '0'],
      options('{"k":"a","v":1.0}\n{"k":"b"}'),
    )
    await yak(['produce', topic, '--file', '-', '--format', 'csv', '--partition', '0'], options('k\n1\n'))
    await yak(
      ['produce', topic, '--file', '-', '--format', 'lines', '--key', 'log', '--partition', '0'],
      options('first "line"\n\n'),
    )
    const records = await consumed(topic)
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ['a', { k: 'a', v: 1 }],
      ['b', { k: 'b' }],
      [null, { k: '1' }],
      ['log', 'first "line"'],
      ['log', ''],
    ])
  })

  test('bad ones are reported with their lines, the others sent, and the exit code is 1', async () => {
    const topic = newTopic()
    const path = await file('bad.csv', 'host,v\nweb-1,1\nweb-2\n"a\nb",2\n,3\n"x"y,4\nweb-3,5\n')
    const { code, stdout, stderr } = await yak(['produce', topic, '--file', path, '--key', 'host', '--json'], {
      environment,
    })
    expect(code).toBe(1)
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      'line 3: it has 1 field, the header names 2 (CSV_ROW_INVALID)',
      'line 6: its key field "host" is empty (KEY_FIELD_NOT_FOUND)',
      'line 7: text stands behind the closing quote of a field; a quote inside a quoted field is written twice (CSV_ROW_INVALID)',
    ])
    expect(stderr).toContain('3 sent, 3 failed, 0 unknown')
    const summary = JSON.parse(stdout) as { problems: unknown[]; partitions: { sent: number }[] }
    expect(summary).toMatchObject({
      topic,
      source: path,
      sent: 3,
      failed: 3,
      unknown: 0,
      stoppedAtLine: null,
      problemCount: 3,
    })
    expect(summary.problems[0]).toEqual({
      line: 3,
      lastLine: 3,
      code: 'CSV_ROW_INVALID',
      detail: 'it has 1 field, the header names 2',
    })
    expect(summary.partitions.reduce((sum, { sent }) => sum + sent, 0)).toBe(3)
    expect((await consumed(topic)).map(({ key }) => key).toSorted()).toEqual(['a\nb', 'web-1', 'web-3'])
  })

  test('with --strict the first bad one ends it, and what stood before it is sent', async () => {
    const topic = newTopic()
    const path = await file('strict.csv', 'a,b\n1,2\n3\n5,6\n')
    const { code, stderr } = await yak(['produce', topic, '--file', path, '--strict'], { environment })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^line 3: .*\n1 sent, 1 failed, 0 unknown · 14 B in .* · not read on from line 3\n$/)
    expect(await consumed(topic)).toHaveLength(1)
  })

  test('many bad ones are counted, and shown as ranges of lines', async () => {
    const path = await file('ragged.csv', `a,b\n${'1\n'.repeat(1_000)}1,2\n${'3\n'.repeat(10)}`)
    const { code, stderr } = await yak(['produce', newTopic(), '--file', path], { environment })
    expect(code).toBe(1)
    const lines = stderr.trimEnd().split('\n')
    expect(lines).toHaveLength(20 + 2 + 1)
    expect(lines[20]).toBe('lines 22 to 1001 (980 rows): it has 1 field, the header names 2')
    expect(lines[21]).toBe('lines 1003 to 1012 (10 rows): it has 1 field, the header names 2')
    expect(lines[22]).toMatch(/^1 sent, 1,010 failed, 0 unknown/)
  })

  test('one too large for the broker is reported with its line, and the others are sent', async () => {
    const topic = newTopic()
    const path = await file('large.ndjson', `1\n"${'x'.repeat(1_100_000)}"\n3\n`)
    const { code, stderr } = await yak(['produce', topic, '--file', path, '--partition', '0'], { environment })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^line 2: .*\(RECORD_TOO_LARGE\)\n2 sent, 1 failed, 0 unknown/)
    expect((await consumed(topic)).map(({ value }) => value)).toEqual([1, 3])
  })

  test('compressed batches come back as they were', async () => {
    const topic = newTopic()
    const input = Array.from({ length: 500 }, (_, index) => `{"n":${index}.0}`).join('\n')
    for (const compression of ['gzip', 'zstd']) {
      const sent = await yak(['produce', topic, '--file', '-', '--compression', compression, '--partition', '0'], {
        environment,
        input,
      })
      expect(sent).toMatchObject({ code: 0 })
    }
    const lines = (await consumed(topic)).map(({ line }) => /"value":(\{.*?\})/.exec(line)![1])
    expect(lines).toEqual([...input.split('\n'), ...input.split('\n')])
  })
})

test('words that nobody can read do not make a failure of it', async () => {
  const shell = spawn('sh', ['-c', '"$@" 2> /dev/full', 'sh', ...yakCommand, 'produce', newTopic(), '--file', '-'], {
    env: cleanEnvironment(environment),
  })
  shell.stdin.end('1\n')
  expect(await once(shell, 'close')).toEqual([0, null])
})

describe('what cannot be read', () => {
  test.each([
    ['no-such.csv', /^yak produce: There is no file .*no-such\.csv, looked from .*\. Correct the path\. \(ENOENT\)\n$/],
    ['.', /^yak produce: .* is a folder\. Name one file\. \(EISDIR\)\n$/],
  ])('%s', async (name, message) => {
    const { code, stdout, stderr } = await yak(
      ['produce', newTopic(), '--file', join(folder, name), '--format', 'csv'],
      { environment },
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('control characters of a file do not reach the terminal', async () => {
    const path = await file('escapes.csv', '\u001b[31mhost;"a\nb"\n1;2\n')
    const { stderr } = await yak(['produce', newTopic(), '--file', path], { environment })
    expect(stderr).toContain(' has one column, "\\u001b[31mhost;')
    const refused = await yak(['produce', newTopic(), '--file', path, '--key', 'k', '--delimiter', ';'], {
      environment,
    })
    expect(refused.stderr).toMatch(/Its columns: \\u001b\[31mhost, a\\u000ab\. \(KEY_FIELD_NOT_FOUND\)\n$/)
    const input = '"\u001b[31m\u0007\n'
    const row = await yak(['produce', newTopic(), '--file', '-'], { environment, input })
    for (const text of [stderr, refused.stderr, row.stderr]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    }
  })

  test.each([
    ['csv', '', / is empty\. Its first line must name the columns\. \(INVALID_CSV\)\n/],
    // latin1, of which other bytes are told, would lead back here.
    [
      'csv',
      'a\0,\0b\0\n\0',
      /zero bytes in its header, .*; name its encoding, as in --encoding utf-16le\. \(INVALID_CSV\)\n/,
    ],
    ['lines', '\u00ff\u00fe\u0000', /yak produce: The input has bytes .* \(INVALID_RECORD\)\n/],
  ])('%s that is no such text has a code: %j', async (format, input, message) => {
    const path = join(folder, `no.${format}`)
    await writeFile(path, Buffer.from(input, 'latin1'))
    const { code, stderr } = await yak(['produce', newTopic(), '--file', path, '--format', format], { environment })
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })

  test('a key column that is not there names those that are', async () => {
    const path = await file('columns.csv', 'timestamp,host\n1,2\n')
    const { code, stderr } = await yak(['produce', newTopic(), '--file', path, '--key', 'server'], { environment })
    expect(code).toBe(1)
    expect(stderr).toMatch(/no column "server" for the key\. Its columns: timestamp, host\. \(KEY_FIELD_NOT_FOUND\)\n$/)
  })
})

test('files are named from where the user stands, under pnpm too', async () => {
  await file('here.csv', 'a\n1\n')
  const direct = await yak(['produce', newTopic(), '--file', 'here.csv'], { environment, cwd: folder })
  expect(direct).toMatchObject({ code: 0 })
  const underPnpm = await yak(['produce', newTopic(), '--file', 'here.csv'], {
    environment: { ...environment, INIT_CWD: folder, npm_lifecycle_event: 'yak' },
  })
  expect(underPnpm).toMatchObject({ code: 0 })
})

test('a file that is all one column is asked for its delimiter, and sent', async () => {
  const path = await file('one-column.csv', 'host;cpu\na;1\n')
  const { code, stderr } = await yak(['produce', newTopic(), '--file', path], { environment })
  expect(code).toBe(0)
  expect(stderr).toMatch(/ has one column, "host;cpu"\. If it has several, give --delimiter ';'\.\n1 sent, 0 failed/)
})

describe('Ctrl-C', () => {
  test('stops reading and reports exactly what was acknowledged', async () => {
    const topic = newTopic()
    const process = new YakProcess(['produce', topic, '--file', '-', '--json'], { environment })
    process.child.stdin!.write(
      `${Array.from({ length: 2_000 }, (_, index) => `{"n":${index}}`).join('\n')}\n{"n":"unfinished`,
    )
    await untilRecords(topic, 2_000)
    process.child.kill('SIGINT')
    const { code, stdout, stderr } = await process.finished
    expect(code).toBe(130)
    expect(stderr).toMatch(/^2,000 sent, 0 failed, 0 unknown · .* · not read on from line 2001\n$/)
    expect(JSON.parse(stdout)).toMatchObject({ sent: 2_000, failed: 0, unknown: 0, stoppedAtLine: 2_001 })
    expect(await consumed(topic)).toHaveLength(2_000)
  })

  test('SIGTERM does the same and says 143', async () => {
    const process = new YakProcess(['produce', newTopic(), '--file', '-'], { environment })
    process.child.stdin!.write('1\n2\n')
    await untilRecords(`produced-${topicCount}`, 2)
    process.child.kill('SIGTERM')
    expect(await process.finished).toMatchObject({ code: 143, stderr: expect.stringContaining('2 sent') })
  })
})

async function untilRecords(topic: string, count: number, { url }: BrokerProcess = broker): Promise<void> {
  const committed = async (): Promise<number> => {
    const response = await fetch(`${url}/topics/${topic}`)
    if (!response.ok) return 0
    const { partitions } = (await response.json()) as { partitions: { highWatermark: number }[] }
    return partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0)
  }
  await expect.poll(committed, { interval: 5, timeout: 20_000 }).toBeGreaterThanOrEqual(count)
}

describe('a broker that goes away', () => {
  test('in its sleep: a second Ctrl-C does not wait, and what is not known is said to be unknown', async () => {
    const other = await BrokerProcess.start()
    try {
      const process = new YakProcess(['produce', 'orders', '--file', '-'], { environment: { YAK_BROKERS: other.url } })
      process.child.stdin!.write('1\n2\n3\n')
      await untilRecords('orders', 3, other)
      other.signal('SIGSTOP')
      process.child.stdin!.write('4\n5\n')
      // What it has under way shows nowhere outside; a progress line tells that it has read on.
      await process.until(({ stderr }) => / 10 B /.test(stderr))
      process.child.kill('SIGINT')
      await process.until(({ stderr }) => stderr.includes('waiting for 2 rows under way; Ctrl-C again does not wait\n'))
      process.child.kill('SIGINT')
      const { code, stderr } = await process.finished
      expect(code).toBe(130)
      expect(stderr).toMatch(/3 sent, 0 failed, 2 unknown/)
    } finally {
      await other.stop()
    }
  })

  test('in its sleep, and one value under way: a second Ctrl-C does not wait, and says what became of it', async () => {
    const other = await BrokerProcess.start()
    try {
      const sent = await yak(['produce', 'orders', '--value', '1'], { environment: { YAK_BROKERS: other.url } })
      expect(sent.code).toBe(0)
      other.signal('SIGSTOP')
      const process = new YakProcess(['produce', 'orders', '--value', '2'], { environment: { YAK_BROKERS: other.url } })
      await process.until(({ stderr }) => stderr.includes('no leader answers yet'))
      process.child.kill('SIGTERM')
      await process.until(({ stderr }) => stderr.includes('waiting for 1 row under way; Ctrl-C again does not wait\n'))
      process.child.kill('SIGTERM')
      const { code, stdout, stderr } = await process.finished
      expect({ code, stdout }).toEqual({ code: 143, stdout: '' })
      expect(stderr.trimEnd().split('\n').at(-1)).toBe(
        'yak produce: Stopped before the record was sent: it is not written. (DELIVERY_ABANDONED)',
      )
    } finally {
      await other.stop()
    }
  })

  test('for good: what is not known is said to be unknown, reading stops, and the exit code is 1', async () => {
    const other = await BrokerProcess.start()
    try {
      const process = new YakProcess(['produce', 'orders', '--file', '-', '--timeout-ms', '1500'], {
        environment: { YAK_BROKERS: other.url },
      })
      process.child.stdin!.write('1\n2\n3\n')
      await untilRecords('orders', 3, other)
      await other.kill('SIGKILL')
      process.child.stdin!.write('4\n5\n')
      const { code, stderr } = await process.finished
      expect(code).toBe(1)
      const [, sent, failed, unknown] = /(\d+) sent, (\d+) failed, (\d+) unknown .* not read on from line \d/
        .exec(stderr)!
        .map(Number)
      expect(sent).toBe(3)
      expect(failed! + unknown!).toBe(2)
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^yak produce: .*\([A-Z_]+\)$/)
    } finally {
      await other.stop()
    }
  })

  test('and comes back: every row is there once', async () => {
    const other = await BrokerProcess.start()
    try {
      const count = 60_000
      const input = Array.from({ length: count }, (_, index) => `{"n":${index},"k":"key-${index % 7}"}\n`)
      const process = new YakProcess(['produce', 'orders', '--file', '-', '--key', 'k'], {
        environment: { YAK_BROKERS: other.url },
      })
      process.child.stdin!.write(input.slice(0, count / 2).join(''))
      await untilRecords('orders', 1, other)
      await other.kill('SIGKILL')
      process.child.stdin!.end(input.slice(count / 2).join(''))
      await other.start()
      const { code, stderr } = await process.finished
      expect({ code, stderr }).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('60,000 sent, 0 failed, 0 unknown'),
      })

      const { stdout } = await yak(['consume', 'orders', '--json'], { environment: { YAK_BROKERS: other.url } })
      const values = stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { value: { n: number; k: string } }).value)
      expect(values).toHaveLength(count)
      for (const [key, own] of Map.groupBy(values, (value) => value.k)) {
        const first = Number(key.slice('key-'.length))
        expect(own.map((value) => value.n)).toEqual(Array.from({ length: own.length }, (_, index) => index * 7 + first))
      }
      expect(new Set(values.map((value) => value.n)).size).toBe(count)
    } finally {
      await other.stop()
    }
  })
})

test('a large file takes bounded memory', async () => {
  const rowBytes = 1_000
  const rowCount = 250_000
  const row = `${'x'.repeat(rowBytes - 12)},host-1\n`
  const chunk = row.repeat(250)
  const process = new YakProcess(['produce', newTopic(), '--file', '-', '--format', 'csv', '--key', 'host', '--json'], {
    environment,
    nodeFlags: ['--max-old-space-size=64'],
  })
  process.child.stdin!.write('text,host\n')
  for (let sent = 0; sent < rowCount; sent += 250) {
    if (!process.child.stdin!.write(chunk)) await new Promise((resolve) => process.child.stdin!.once('drain', resolve))
  }
  const peakBytes = await peakMemory(process.child.pid!)
  process.child.stdin!.end()
  const { code, stdout, stderr } = await process.finished
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(JSON.parse(stdout)).toMatchObject({ sent: rowCount, failed: 0, unknown: 0 })
  if (peakBytes !== undefined) expect(peakBytes).toBeLessThan(250_000_000)
}, 120_000)

/** The most the process has held so far; undefined where the system does not tell. */
async function peakMemory(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const found = /VmHWM:\s+(\d+) kB/.exec(status)
  return found === null ? undefined : Number(found[1]) * 1_024
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1)

test('no broker at all: the file is not read to its end, and why is told', async () => {
  const path = await file('unsent.ndjson', '1\n'.repeat(100_000))
  const brokers = `127.0.0.1:${await freePort()}`
  const { code, stderr } = await yak(['produce', 't', '--file', path, '--timeout-ms', '500', '--brokers', brokers])
  expect(code).toBe(1)
  expect(stderr).toMatch(/0 sent, .* not read on from line/)
  expect(lastLine(stderr)).toMatch(
    /^yak produce: No broker answered within \d+ ms\. .* ECONNREFUSED .* \(BROKERS_UNREACHABLE\)$/,
  )
})

test('a Ctrl-C that waits tells why the rows could not be sent', async () => {
  const hangUp = createServer((socket) => socket.destroy())
  onTestFinished(() => void hangUp.close())
  await once(hangUp.listen(0, '127.0.0.1'), 'listening')
  const brokers = `127.0.0.1:${(hangUp.address() as AddressInfo).port}`
  const process = new YakProcess(['produce', 't', '--file', '-', '--timeout-ms', '1000', '--brokers', brokers])
  process.child.stdin!.write('1\n2\n')
  // It asks for the topic of what it has read.
  await once(hangUp, 'connection')
  process.child.kill('SIGINT')
  const { code, stderr } = await process.finished
  expect(code).toBe(130)
  expect(stderr).toContain('0 sent, 2 failed, 0 unknown')
  expect(lastLine(stderr)).toMatch(/^yak produce: No broker answered within \d+ ms\. .* \(BROKERS_UNREACHABLE\)$/)
})
