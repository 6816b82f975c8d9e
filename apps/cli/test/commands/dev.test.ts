import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@yak/election/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cleanEnvironment, YakProcess, yak, yakCommand } from '../yak-process.ts'

/** Runs a command on a pseudo-terminal; part of util-linux. */
const script = 'script'
const hasScript = spawnSync(script, ['--version']).status === 0
if (!hasScript && process.env.CI) throw new Error('CI has no `script`. Install it: apt-get install bsdutils')
if (!hasScript) console.warn('\n*** util-linux `script` IS NOT THERE: the keys of yak dev are not tested. ***\n')

const inTime = { timeout: 15_000 }

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'yak-dev-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Flags of a cluster that nobody else's is in the way of. */
async function devFlags(brokers: number, dataDir: string): Promise<string[]> {
  const port = await freePortsInARow(brokers)
  const few = ['--brokers', String(brokers), '--port', String(port), '--data-dir', dataDir]
  return ['dev', ...few, '--lease-ms', '1000', '--no-build']
}

async function freePortsInARow(count: number): Promise<number> {
  for (;;) {
    const first = await freePort()
    const servers = Array.from({ length: count }, (_, index) => createServer().listen(first + index, '127.0.0.1'))
    const opened = await Promise.all(servers.map((server) => once(server, 'listening').then(Boolean, () => false)))
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    if (opened.every(Boolean)) return first
  }
}

/** Brokers' process ids, as `s` shows them. */
function brokerPids(shown: string): number[] {
  return [...shown.matchAll(/^\d {2,}(\d+) {2}/gm)].map(([, pid]) => Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** `yak dev` on a terminal of its own: what it shows, and keys to press. */
class DevTerminal {
  readonly #child: ChildProcess
  readonly closed: Promise<number>
  shown = ''
  #wake: () => void = () => {}

  constructor(args: readonly string[]) {
    const line = [...yakCommand, ...args].map((word) => `'${word}'`).join(' ')
    this.#child = spawn(script, ['--quiet', '--return', '--command', `stty cols 200; exec ${line}`, '/dev/null'], {
      env: { ...cleanEnvironment(), NO_COLOR: '1' },
    })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text.replaceAll('\r', '')
      this.#wake()
    })
    this.closed = once(this.#child, 'close').then(([code]) => {
      this.#wake()
      return code as number
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  press(keys: string): void {
    this.#child.stdin!.write(keys)
  }

  /** Resolves with what was shown from `from` on, once it has what is waited for. */
  async until(isThere: (shown: string) => boolean, from = 0): Promise<string> {
    while (!isThere(this.shown.slice(from))) {
      if (this.#child.exitCode !== null) throw new Error(`yak dev ended: ${this.shown}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.shown.slice(from)
  }
}

test('a port in use is named before anything starts', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as { readonly port: number }
  const dataDir = await temporaryFolder()
  const flags = ['--brokers', '1', '--port', String(port), '--data-dir', dataDir, '--no-build']
  expect(await yak(['dev', ...flags])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `yak dev: Port ${port}, broker 1's, is in use. Give another --port, or stop what uses it. See yak dev --help.\n`,
  })
})

test('a broker that cannot run with its settings stops the whole, with its sentence', async () => {
  const flags = await devFlags(1, await temporaryFolder())
  const { code, stderr } = await yak(flags, { environment: { YAK_LOG_LEVEL: 'loud' } })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^yak dev: broker 1 cannot run so: YAK_LOG_LEVEL is "loud"\./)
})

test('what a broker says of a wrong Redis names --redis', async () => {
  const flags = await devFlags(2, await temporaryFolder())
  const { code, stdout, stderr } = await yak([...flags, '--redis', 'redis://h:99999'])
  const why = '--redis is wrong: "h:99999" is not a host with a port from 1 to 65535.'
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(new RegExp(`^yak dev: broker [12] cannot run so: ${why}\\n`)),
  })
  expect(stdout).toContain(`fatal ${why}`)
})

test('a folder that cannot be made is told before anything starts', async () => {
  expect(await yak(await devFlags(1, '/proc/yak'))).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^yak dev: --data-dir \/proc\/yak cannot be made: ENOENT.* Choose another\. See/),
  })
})

test('Ctrl-C stops in order, and the folder keeps its cluster', async () => {
  const dataDir = await temporaryFolder()
  const flags = await devFlags(1, dataDir)
  const process = new YakProcess(flags)
  await process.until(({ stdout }) => stdout.includes('The broker serves.'))
  process.child.kill('SIGINT')
  const { code, stdout, stderr } = await process.finished
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/broker-1 info {2}stopped\n$/)
  expect(stdout).not.toContain('\u001b')

  expect(await yak(await devFlags(3, dataDir))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${dataDir} holds a cluster of 1, not 3.`),
  })
})

test('nobody reads its lines any more, as behind | head: it stops its brokers and ends', async () => {
  const flags = await devFlags(1, await temporaryFolder())
  const process = new YakProcess(flags)
  // The next lines come as the broker starts.
  await process.until(({ stdout }) => stdout.includes('\n'))
  process.child.stdout!.destroy()
  expect(await process.finished).toMatchObject({ code: 0, signal: null, stderr: '' })
  const url = `http://127.0.0.1:${flags[flags.indexOf('--port') + 1]}`
  expect(await fetch(`${url}/health`).then(Boolean, () => false)).toBe(false)
})

test('brokers do not outlive a yak dev that was killed', async () => {
  const process = new YakProcess(await devFlags(1, await temporaryFolder()))
  await process.until(({ stdout }) => stdout.includes('The broker serves.'))
  process.child.kill('SIGKILL')
  const { stdout } = await process.finished
  const port = Number(/broker 1 +http:\/\/127\.0\.0\.1:(\d+)/.exec(stdout)![1])
  await expect.poll(() => fetch(`http://127.0.0.1:${port}/health`).then(Boolean, () => false), inTime).toBe(false)
})

test('with --chaos a broker that is killed from the console comes back', { timeout: 60_000 }, async () => {
  const flags = await devFlags(1, await temporaryFolder())
  const process = new YakProcess([...flags, '--chaos'])
  await process.until(({ stdout }) => stdout.includes('The broker serves.'))
  const url = `http://127.0.0.1:${flags[flags.indexOf('--port') + 1]}`
  const startedAt = async (): Promise<number> =>
    ((await (await fetch(`${url}/v1/broker-state`)).json()) as { startedAt: number }).startedAt
  const before = await startedAt()
  const answer = await fetch(`${url}/v1/chaos`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'kill' }),
  })
  expect(answer.status).toBe(202)
  await process.until(({ stdout }) => stdout.includes('killed from the console; starts again in 5 s'))
  await expect.poll(() => startedAt().catch(() => before), inTime).toBeGreaterThan(before)
  process.child.kill('SIGINT')
  expect((await process.finished).code).toBe(0)
})

describe.skipIf(!hasScript)('keys on a terminal', () => {
  test('kill, restart, state, and Ctrl-C that leaves no process', { timeout: 60_000 }, async () => {
    const terminal = new DevTerminal(await devFlags(1, await temporaryFolder()))
    await terminal.until((shown) => shown.includes('The broker serves.') && shown.includes('keys'))
    terminal.press('s')
    const [before] = brokerPids(await terminal.until((shown) => brokerPids(shown).length === 1))

    let from = terminal.shown.length
    terminal.press('1')
    await terminal.until((shown) => shown.includes('killed'), from)
    await expect.poll(() => isAlive(before!), inTime).toBe(false)
    from = terminal.shown.length
    terminal.press('l')
    await terminal.until((shown) => shown.includes('Nobody leads at the moment.'), from)

    from = terminal.shown.length
    terminal.press('r1')
    await terminal.until((shown) => shown.includes('starts again') && shown.includes('info  serving'), from)
    terminal.press('l')
    await terminal.until((shown) => shown.includes('Broker 1 leads'), from)
    terminal.press('s')
    const [after] = brokerPids(await terminal.until((shown) => brokerPids(shown).length === 1, from))
    expect(after).not.toBe(before)

    terminal.press('\u0003')
    expect(await terminal.closed).toBe(0)
    expect(isAlive(after!)).toBe(false)
  })

  test('a cluster of three: the leader is killed, another leads, it comes back', { timeout: 60_000 }, async () => {
    const terminal = new DevTerminal(await devFlags(3, await temporaryFolder()))
    const up = await terminal.until((shown) => shown.includes('All 3 brokers serve.') && shown.includes('keys'))
    const leader = /broker (\d) +\S+ {2}leads/.exec(up)![1]!

    let from = terminal.shown.length
    terminal.press(leader)
    await terminal.until((shown) => shown.includes('killed'), from)
    const others = ['1', '2', '3'].filter((id) => id !== leader).join('')
    await expect
      .poll(
        async () => {
          from = terminal.shown.length
          terminal.press('l')
          return await terminal.until((shown) => /leads, epoch|Nobody leads/.test(shown), from)
        },
        { ...inTime, interval: 200 },
      )
      .toMatch(new RegExp(`Broker [${others}] leads`))

    terminal.press(`r${leader}`)
    await expect
      .poll(
        async () => {
          from = terminal.shown.length
          terminal.press('s')
          return brokerPids(await terminal.until((shown) => /^3 {2}.*$/m.test(shown), from)).length
        },
        { ...inTime, interval: 200 },
      )
      .toBe(3)
    const pids = brokerPids(terminal.shown.slice(from))
    terminal.press('\u0003')
    expect(await terminal.closed).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })
})
