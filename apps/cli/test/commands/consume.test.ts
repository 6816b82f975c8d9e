import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BrokerProcess, cleanEnvironment, YakProcess, yak, yakCommand } from '../yak-process.ts'

let broker: BrokerProcess
let environment: Record<string, string>

beforeAll(async () => {
  broker = await BrokerProcess.start()
  environment = { YAK_BROKERS: broker.url }
  const input = Array.from({ length: 30 }, (_, index) => `{"n":${index}}\n`).join('')
  for (const partition of ['0', '1', '2']) {
    await yak(['produce', 'numbers', '--file', '-', '--partition', partition, '--key', 'n'], { environment, input })
  }
})

afterAll(async () => {
  await broker.stop()
})

interface Line {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly value: unknown
}

const lines = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

const consume = (...args: string[]) => yak(['consume', 'numbers', ...args], { environment })

describe('without --follow', () => {
  test('it ends where the partitions end, and says how many there were', async () => {
    const { code, stdout, stderr } = await consume('--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '90 records\n' })
    const found = lines(stdout)
    for (const partition of [0, 1, 2]) {
      const own = found.filter((line) => line.partition === partition)
      expect(own.map((line) => line.offset)).toEqual(Array.from({ length: 30 }, (_, index) => index))
    }
    expect(Object.keys(found[0]!)).toEqual([
      'topic',
      'partition',
      'offset',
      'timestamp',
      'key',
      'value',
      'headers',
      'epoch',
    ])
  })

  test('one partition, from an offset, so many', async () => {
    const { code, stdout } = await consume('--json', '--partition', '1', '--from', '25', '--max', '3')
    expect(code).toBe(0)
    expect(lines(stdout).map(({ partition, offset }) => [partition, offset])).toEqual([
      [1, 25],
      [1, 26],
      [1, 27],
    ])
  })

  test('an offset for all partitions', async () => {
    expect(lines((await consume('--json', '--from', '28')).stdout)).toHaveLength(6)
    expect((await consume('--json', '--from', '5000')).stdout).toBe('')
  })

  test('from latest there is nothing', async () => {
    expect(await consume('--from', 'latest')).toMatchObject({ code: 0, stdout: '', stderr: '0 records\n' })
  })

  test('from a time on', async () => {
    const all = lines((await consume('--json', '--partition', '2')).stdout)
    const from = all[10]!.timestamp
    const expected = all.filter((line) => line.timestamp >= from)
    const { stdout } = await consume('--json', '--partition', '2', '--from', new Date(from).toISOString())
    expect(lines(stdout)).toEqual(expected)
    expect(lines((await consume('--json', '--from', '1h')).stdout)).toHaveLength(90)
    expect((await consume('--from', '2999-01-01')).stdout).toBe('')
  })

  test('for a person: time, place, key, value', async () => {
    const { stdout } = await consume('--partition', '0', '--max', '1')
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}0:0 {2}0 {2}\{"n":0\}\n$/)
  })
})

describe('what is not there', () => {
  test.each([
    [['consume', 'no-such-topic'], 'UNKNOWN_TOPIC'],
    [['consume', 'no-such-topic', '--follow'], 'UNKNOWN_TOPIC'],
    [['consume', 'numbers', '--partition', '9'], 'PARTITION_OUT_OF_RANGE'],
    [['consume', 'numbers', '--partition', '1', '--from', '31'], 'OFFSET_OUT_OF_RANGE'],
  ])('%s', async (args, code) => {
    const finished = await yak(args, { environment })
    expect(finished).toMatchObject({ code: 1, stdout: '' })
    expect(finished.stderr).toMatch(new RegExp(`^yak consume: .*\\(${code}\\)\\n$`))
  })
})

/** Without a process of its own, so that it is quick. */
async function send(topic: string, value: unknown): Promise<void> {
  const body = JSON.stringify({ topic, value, partition: 0 })
  const response = await fetch(`${broker.url}/produce`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(response.status).toBe(200)
}

describe('--follow', () => {
  test('prints what comes, until Ctrl-C', async () => {
    await send('followed', -1)
    const process = new YakProcess(['consume', 'followed', '--follow', '--json'], { environment })
    for (let n = 0; n < 3; n++) {
      await send('followed', n)
      await process.until(({ stdout }) => lines(stdout).length > n + 1)
    }
    expect(lines(process.stdout).map(({ value }) => value)).toEqual([-1, 0, 1, 2])
    process.child.kill('SIGINT')
    expect(await process.finished).toMatchObject({ code: 130, stderr: '4 records\n' })
  })

  test('ends by itself with --max', async () => {
    const process = new YakProcess(['consume', 'followed', '--follow', '--from', 'latest', '--max', '1'], {
      environment,
    })
    // Whether it has begun to wait cannot be seen from outside, so it gets records until it has one.
    const isOver = process.finished.then(() => true)
    for (let ended = false; !ended; ) {
      await send('followed', 9)
      ended = await Promise.race([isOver, new Promise<false>((resolve) => setTimeout(() => resolve(false), 100))])
    }
    expect(await process.finished).toMatchObject({ code: 0, stdout: expect.stringMatching(/ 9\n$/) })
  })
})

test('a broker that dies in the middle ends what must end by itself, with what was printed until then', async () => {
  const other = await BrokerProcess.start()
  try {
    const input = `${JSON.stringify('x'.repeat(1_000))}\n`.repeat(20_000)
    await yak(['produce', 'large', '--file', '-', '--brokers', other.url], { input })
    const process = new YakProcess(['consume', 'large', '--brokers', other.url, '--timeout-ms', '1000'])
    const { stdout: pipe } = process.child
    pipe!.pause()
    // It is full, and the program waits with most of the topic still at the broker.
    await expect.poll(() => pipe!.readableLength).toBeGreaterThanOrEqual(pipe!.readableHighWaterMark)
    await other.kill('SIGKILL')
    pipe!.resume()
    const { code, stderr } = await process.finished
    expect(code).toBe(1)
    expect(stderr).toMatch(
      / does not answer any more; trying on\n[\d,]+ records\nyak consume: .* has not answered for 1000 ms, and no other broker leads\. Start it, or name others with --brokers\. \(BROKERS_UNREACHABLE\)\n$/,
    )
  } finally {
    await other.stop()
  }
})

describe('pipes', () => {
  beforeAll(async () => {
    const input = `${JSON.stringify('x'.repeat(1_000))}\n`.repeat(40_000)
    expect(await yak(['produce', 'large', '--file', '-'], { environment, input })).toMatchObject({ code: 0 })
  })

  const quoted = (args: readonly string[]): string => args.map((arg) => `'${arg}'`).join(' ')

  test('a reader that goes away ends it quietly', async () => {
    const shell = spawn(
      'bash',
      ['-o', 'pipefail', '-c', `${quoted([...yakCommand, 'consume', 'large', '--json'])} | head -n 2`],
      {
        env: cleanEnvironment(environment),
      },
    )
    let stdout = ''
    let stderr = ''
    shell.stdout.on('data', (data) => (stdout += data))
    shell.stderr.on('data', (data) => (stderr += data))
    const [code] = (await once(shell, 'close')) as [number]
    expect(lines(stdout)).toHaveLength(2)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('a full disk behind standard output is an error', async () => {
    const shell = spawn('bash', ['-c', `${quoted([...yakCommand, 'consume', 'large', '--json'])} > /dev/full`], {
      env: cleanEnvironment(environment),
    })
    let stderr = ''
    shell.stderr.on('data', (data) => (stderr += data))
    const [code] = (await once(shell, 'close')) as [number]
    expect(code).toBe(1)
    expect(stderr).toBe(
      'yak consume: Standard output cannot be written: no space left on device. Make room, or write elsewhere. (ENOSPC)\n',
    )
  })

  test('a reader that takes nothing does not keep it from stopping', async () => {
    const process = new YakProcess(['consume', 'large', '--json'], { environment })
    const { stdout: pipe } = process.child
    pipe!.pause()
    await expect.poll(() => pipe!.readableLength).toBeGreaterThanOrEqual(pipe!.readableHighWaterMark)
    process.child.kill('SIGTERM')
    expect(await once(process.child, 'exit')).toEqual([143, null])
    pipe!.resume()
    expect((await process.finished).stderr).toMatch(/^[\d,]+ records, and the reader has not taken all of them\n$/)
  })

  test('a slow reader makes it wait, and misses nothing', async () => {
    const process = new YakProcess(['consume', 'large', '--json'], {
      environment,
      nodeFlags: ['--max-old-space-size=64'],
    })
    const { stdout: pipe } = process.child
    pipe!.pause()
    // Nothing more is read from the pipe then: it fills up, and the program waits.
    await expect.poll(() => pipe!.readableLength).toBeGreaterThanOrEqual(pipe!.readableHighWaterMark)
    pipe!.resume()
    const { code, stdout } = await process.finished
    expect(code).toBe(0)
    expect(lines(stdout)).toHaveLength(40_000)
  })
})
