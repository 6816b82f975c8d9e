import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { BrokerProcess, cleanEnvironment, yak, yakCommand } from '../yak-process.ts'

let broker: BrokerProcess
let environment: Record<string, string>

beforeAll(async () => {
  broker = await BrokerProcess.start(['--id', 'b1', '--auto-create-topics', 'false'])
  environment = { YAK_BROKERS: broker.url }
})

afterAll(async () => {
  await broker.stop()
})

const run = (...args: string[]) => yak(args, { environment })

test('create, list, describe, purge, delete', async () => {
  expect(await run('topics', 'list')).toMatchObject({ code: 0, stdout: 'TOPIC  PARTITIONS  RECORDS\n' })
  expect(
    await run(
      'topics',
      'create',
      'orders',
      '--partitions',
      '2',
      '--config',
      'retentionMs=86400000',
      '--config',
      'flush=interval',
    ),
  ).toMatchObject({
    code: 0,
    stdout: 'created orders with 2 partitions\n',
    stderr: '',
  })
  await run('topics', 'create', 'a')
  await run('produce', 'orders', '--value', '1', '--partition', '1')

  expect((await run('topics', 'list')).stdout).toBe(
    ['TOPIC   PARTITIONS  RECORDS', 'a                3        0', 'orders           2        1', ''].join('\n'),
  )
  const listed = JSON.parse((await run('topics', 'list', '--json')).stdout) as { name: string }[]
  expect(listed.map(({ name }) => name)).toEqual(['a', 'orders'])

  const described = await run('topics', 'describe', 'orders')
  expect(described.code).toBe(0)
  expect(described.stdout).toMatch(/^TOPIC +orders\nid +[0-9a-f-]{36}\n/)
  expect(described.stdout).toMatch(/\nretentionMs +86400000\n/)
  expect(described.stdout).toMatch(/\nflush +interval\n/)
  expect(described.stdout).toMatch(/\n +1 +b1 +64 +b1 +b1 +0 +1 +1/)
  expect(JSON.parse((await run('topics', 'describe', 'orders', '--json')).stdout)).toMatchObject({
    name: 'orders',
    partitions: [{ partition: 0 }, { partition: 1, highWatermark: 1 }],
  })

  expect(await run('topics', 'purge', 'orders')).toMatchObject({ code: 2, stdout: '' })
  expect(await run('topics', 'purge', 'orders', '--partition', '1', '--yes')).toMatchObject({
    code: 0,
    stdout: 'deleted the records of partition 1 of orders\n',
  })
  expect(JSON.parse((await run('topics', 'describe', 'orders', '--json')).stdout)).toMatchObject({
    partitions: [{ logStartOffset: 0 }, { logStartOffset: 1, highWatermark: 1 }],
  })
  expect(await run('topics', 'delete', 'orders')).toMatchObject({ code: 2, stdout: '' })
  expect(await run('topics', 'delete', 'orders', '--yes')).toMatchObject({
    code: 0,
    stdout: 'deleted orders\n',
    stderr: '',
  })
  expect(await run('topics', 'describe', 'orders')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('(UNKNOWN_TOPIC)'),
  })
})

test.each([
  ['create twice', 'There is a topic twice already. Use it, or choose another name. (TOPIC_ALREADY_EXISTS)'],
  [
    'delete nobody --yes',
    'There is no topic nobody, so nothing was deleted. yak topics list shows which there are. (UNKNOWN_TOPIC)',
  ],
  [
    'purge nobody --yes',
    'There is no topic nobody, so nothing was deleted. yak topics list shows which there are. (UNKNOWN_TOPIC)',
  ],
  ['purge twice --yes --partition 9', 'Topic twice has no partition 9. Use 0 to 2. (PARTITION_OUT_OF_RANGE)'],
  [
    'describe nobody',
    'There is no topic nobody. Create it with yak topics create nobody, or see which there are with yak topics list. (UNKNOWN_TOPIC)',
  ],
])('%s', async (line, message) => {
  await run('topics', 'create', 'twice')
  const args = line.split(' ')
  expect(await run('topics', ...args)).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: `yak topics ${args[0]}: ${message}\n`,
  })
})

test.each([[['produce', 'nope', '--value', '1']], [['produce', 'nope', '--file', '-']], [['consume', 'nope']]])(
  'a topic that is not there is created by a command: %s',
  async (args) => {
    const { code, stdout, stderr } = await yak(args, { environment, input: '1\n' })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(
      `yak ${args[0]}: There is no topic nope. Create it with yak topics create nope, or see which there are with yak topics list. (UNKNOWN_TOPIC)\n`,
    )
  },
)

test.each([
  ['retention=5', '--config names "retention". A topic has retentionMs, .* Did you mean retentionMs\\?'],
  // Only the broker knows how many it may be.
  ['minInsyncReplicas=9', 'minInsyncReplicas is 9\\. Give 1, which the cluster asks for, to 1, its brokers\\.'],
])('a wrong setting is a wrong command line: %s', async (config, message) => {
  const { code, stdout, stderr } = await run('topics', 'create', 'c', '--config', config)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(new RegExp(`^yak topics create: ${message} See yak topics create --help\\.\\n$`))
  expect((await run('topics', 'describe', 'c')).stderr).toContain('(UNKNOWN_TOPIC)')
})

test.each([
  [['topics', 'create', 'many', '--partitions', '0'], 'Give a whole number from 1 to 1000.'],
  [['topics', 'create', 'many', '--partitions', '1001'], 'Give a whole number from 1 to 1000.'],
  [['produce', 'many', '--value', '1', '--partition', '1000'], 'Give a whole number from 0 to 999.'],
  [['consume', 'many', '--partition', '1000'], 'Give a whole number from 0 to 999.'],
])('%s names what a topic may have', async (args, advice) => {
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(advice)
  expect((await run('topics', 'describe', 'many')).stderr).toContain('(UNKNOWN_TOPIC)')
})

test.each(['topics list', 'cluster', 'produce twice --value 1', '--help'])(
  'a full disk behind standard output is an error: %s',
  async (line) => {
    await run('topics', 'create', 'twice')
    const shell = spawn('sh', ['-c', `"$@" > /dev/full`, 'sh', ...yakCommand, ...line.split(' ')], {
      env: cleanEnvironment(environment),
    })
    let stderr = ''
    shell.stderr.on('data', (data) => (stderr += data))
    expect(await once(shell, 'close')).toEqual([1, null])
    expect(stderr).toMatch(/^yak.*: Standard output cannot be written: no space left on device\. .*\(ENOSPC\)\n$/)
  },
)

test('cluster', async () => {
  const { code, stdout, stderr } = await run('cluster')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^CLUSTER +\S+\nleader +b1 at http:\/\/127\.0\.0\.1:\d+\nepoch +64\n/)
  expect(stdout).toMatch(/\nBROKER +ROLE +EPOCH +URL +HEALTH\nb1 +leader +64 +http:\/\/127\.0\.0\.1:\d+ +ok\n$/)
  expect(JSON.parse((await run('cluster', '--json')).stdout)).toMatchObject({
    leader: { id: 'b1', url: broker.url },
    brokers: [{ id: 'b1', role: 'leader', health: { status: 'ok' } }],
  })
})

/** Something that stands where the broker is thought to be; closed with the test. */
async function standIn(answer: (path: string, response: ServerResponse, url: string) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    answer(request.url!, response, url)
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return url
}

test('a broker that refuses is not told of as silent', async () => {
  const url = await standIn((_path, response) => {
    const detail = 'It holds as much as it may. Try again in a moment.'
    response.writeHead(503, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ code: 'OVERLOADED', title: '', status: 503, detail, retriable: true }))
  })
  expect(await yak(['topics', 'create', 'full', '--timeout-ms', '300', '--brokers', url])).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: `yak topics create: No leader was found within 300 ms. ${url} refuses: It holds as much as it may. Try again in a moment. yak cluster shows why, and which address of the leader must be reachable from here. (LEADER_NOT_AVAILABLE)\n`,
  })
})

test.each([
  ['text/html', '<h1>Bad Gateway</h1>', 'answers 502: not as a YAK broker does'],
  [
    'application/problem+json',
    '{"status":502,"detail":"It holds as much as it may."}',
    'answers 502: It holds as much as it may.',
  ],
])('cluster tells what answers in place of the health of a broker: %s', async (type, text, health) => {
  const view = await (await fetch(`${broker.url}/cluster`)).json()
  const url = await standIn((path, response, own) => {
    if (path === '/health') response.writeHead(502, { 'content-type': type }).end(text)
    else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(view).replaceAll(broker.url, own))
  })
  const { code, stdout, stderr } = await yak(['cluster', '--brokers', url])
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(stdout).toContain(`  ${url}  ${health}\n`)
})
