import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BrokerProcess, cleanEnvironment, YakProcess, yak, yakCommand } from '../yak-process.ts'

/** Runs a command on a pseudo-terminal; part of util-linux. */
const script = 'script'
const hasScript = spawnSync(script, ['--version']).status === 0
if (!hasScript && process.env.CI) throw new Error('CI has no `script`. Install it: apt-get install bsdutils')
if (!hasScript) console.warn('\n*** util-linux `script` IS NOT THERE: what yak does on a terminal is not tested. ***\n')

let broker: BrokerProcess
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  broker = await BrokerProcess.start()
  folder = await mkdtemp(join(tmpdir(), 'yak-cli-terminal-'))
  environment = { YAK_BROKERS: broker.url }
})

afterAll(async () => {
  await broker.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs `yak` on a terminal of its own, 100 columns wide; what it shows there comes back. */
async function onTerminal(
  args: readonly string[],
  typed = '',
): Promise<{ readonly code: number; readonly shown: string }> {
  const line = [...yakCommand, ...args].map((word) => `'${word}'`).join(' ')
  const terminal = spawn(script, ['--quiet', '--return', '--command', `stty cols 100; ${line}`, '/dev/null'], {
    env: cleanEnvironment(environment),
  })
  let shown = ''
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    if (typed !== '' && shown.includes('[y/N]')) {
      terminal.stdin.write(typed)
      typed = ''
    }
  })
  const [code] = (await once(terminal, 'close')) as [number]
  return { code, shown }
}

describe.skipIf(!hasScript)('on a terminal', () => {
  test('progress is one line, redrawn at most ten times a second, and gone at the end', async () => {
    const path = join(folder, 'long.csv')
    const rowCount = 400_000
    await writeFile(
      path,
      `n,host\n${Array.from({ length: rowCount }, (_, index) => `${index},host-${index % 17}\n`).join('')}`,
    )
    const startedAt = performance.now()
    const { code, shown } = await onTerminal(['produce', 'long', '--file', path, '--key', 'host'])
    const seconds = (performance.now() - startedAt) / 1_000
    expect(code).toBe(0)
    const drawn = shown.split('\r\u001b[K')
    expect(drawn.length).toBeGreaterThan(2)
    expect(drawn.length).toBeLessThan(seconds * 10 + 3)
    for (const line of drawn.slice(1, -1)) {
      expect(line).toMatch(
        /^\[#*\.*\] {2}[\d,]+ rows {2}[\d.]+ \w+ of [\d.]+ MB {2}\d+% {2}[\d,]+ rows\/s( {2}[\d:]+ left)?$/,
      )
      expect(line.length).toBeLessThan(100)
    }
    expect(drawn.at(-1)).toMatch(/^400,000 sent, 0 failed, 0 unknown · .*\r\n$/)
  })

  test('a bad row is reported above the progress line', async () => {
    const path = join(folder, 'bad.csv')
    await writeFile(path, `a,b\n${'1,2\n'.repeat(300_000)}3\n${'1,2\n'.repeat(100_000)}`)
    const { code, shown } = await onTerminal(['produce', 'long', '--file', path])
    expect(code).toBe(1)
    expect(shown).toContain('\r\u001b[Kline 300002: it has 1 field, the header names 2 (CSV_ROW_INVALID)\r\n[#')
    expect(shown).toMatch(/400,000 sent, 1 failed, 0 unknown/)
  })

  test('deleting a topic asks first', async () => {
    await yak(['topics', 'create', 'asked'], { environment })
    const no = await onTerminal(['topics', 'delete', 'asked'], 'n\r')
    expect(no.code).toBe(1)
    expect(no.shown).toContain('Delete asked with 0 records? They cannot be brought back. [y/N]')
    expect(no.shown).toContain('Nothing was deleted.')
    const yes = await onTerminal(['topics', 'delete', 'asked'], 'y\r')
    expect(yes.code).toBe(0)
    expect(yes.shown).toContain('deleted asked')
    expect(await yak(['topics', 'describe', 'asked'], { environment })).toMatchObject({ code: 1 })
  })
})

test('in a pipe progress is a plain line now and then', async () => {
  const process = new YakProcess(['produce', 'slow', '--file', '-'], { environment })
  process.child.stdin!.write('1\n2\n3\n')
  await process.until(({ stderr }) => stderr.includes('\n'))
  expect(process.stderr).toMatch(/^3 rows {2}6 B {2}\d rows\/s {2}0:0\d\n$/)
  process.child.stdin!.end()
  const { code, stderr } = await process.finished
  expect(code).toBe(0)
  expect(stderr.trimEnd().split('\n')).toHaveLength(2)
})
