import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cleanEnvironment, yak, yakCommand } from './yak-process.ts'

test('--version', async () => {
  expect(await yak(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  })
})

test('a Node that is too old is told in one line, and nothing is begun', async () => {
  const old = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})'
  const { code, stdout, stderr } = await yak(['--version'], { nodeFlags: ['--import', `data:text/javascript,${old}`] })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^yak: This is Node 20\.20\.2, and YAK needs 22\.19 or newer\..*\n$/)
})

describe('help', () => {
  test('of all commands', async () => {
    const { code, stdout, stderr } = await yak(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const name of [
      'dev',
      'broker',
      'produce',
      'consume',
      'topics list',
      'topics create',
      'topics describe',
      'topics delete',
      'cluster',
      'log dump',
    ]) {
      expect(stdout).toContain(`\n  ${name} `)
    }
    expect(stdout).toContain('Exit codes: 0')
    expect((await yak(['help'])).stdout).toBe(stdout)
  })

  test.each([
    ['dev'],
    ['broker'],
    ['produce'],
    ['consume'],
    ['topics', 'list'],
    ['topics', 'create'],
    ['topics', 'describe'],
    ['topics', 'delete'],
    ['cluster'],
    ['log', 'dump'],
  ])('of %s %s', async (...path) => {
    const { code, stdout, stderr } = await yak([...path.filter((word) => word !== undefined), '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`yak ${path.join(' ')}`)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(130)
  })

  test('asked for as if it were a value', async () => {
    expect((await yak(['consume', 't', '--help=true'])).stdout).toContain('Usage: yak consume TOPIC')
  })

  test('of a group, asked for or in place of an error', async () => {
    const asked = await yak(['topics', '--help'])
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    expect(asked.stdout).toContain('topics delete')
    expect(await yak(['topics'])).toMatchObject({ code: 2, stdout: '', stderr: asked.stdout })
  })

  test('nothing at all is a usage error with the overview', async () => {
    expect(await yak([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: yak COMMAND') })
  })
})

test.each([
  ['prodce t', 'yak: There is no command "prodce". Did you mean produce? See yak --help.'],
  ['topics lsit', 'yak: There is no command "topics lsit". Did you mean topics list? See yak --help.'],
  ['--versoin', 'yak: There is no flag --versoin. Did you mean --version? See yak --help.'],
  ['produce t --fiel x.csv', 'yak produce: There is no flag --fiel. Did you mean --file? See yak produce --help.'],
  ['consume t --zzzzzzzz', 'yak consume: There is no flag --zzzzzzzz. See yak consume --help.'],
  ['consume', 'yak consume: TOPIC is missing: yak consume TOPIC. See yak consume --help.'],
  [
    'consume a b',
    'yak consume: "b" is one argument too many. A value with spaces needs quotes. See yak consume --help.',
  ],
  [
    'consume t --max 0',
    'yak consume: --max is "0". Give a whole number from 1 to 9007199254740991. See yak consume --help.',
  ],
  [
    'consume t --brokers ftp://x',
    'yak consume: "ftp://x" is no address of a broker. Give --brokers http://HOST:PORT, several with commas. See yak consume --help.',
  ],
  [
    'produce t',
    'yak produce: Nothing to send. Give --value JSON, or --file FILE (--file - reads standard input). See yak produce --help.',
  ],
  [
    'produce t --value {',
    /^yak produce: --value is not JSON: .* For a text write it in double quotes: --value '"{"'\. See yak produce --help\.$/,
  ],
  ['produce t --value 1 --file x.csv', 'yak produce: Give --file or --value, not both. See yak produce --help.'],
  [
    'produce t --file rows.dat',
    'yak produce: What rows.dat holds cannot be told from its name. Give --format csv, --format ndjson or --format lines. See yak produce --help.',
  ],
  [
    'produce t --file rows.NDJSON.gz',
    'yak produce: rows.NDJSON.gz is packed. Unpack it on the way: zcat rows.NDJSON.gz | yak produce TOPIC --file - --format ndjson. See yak produce --help.',
  ],
  [
    'produce t --file rows.csv.zst --format csv',
    'yak produce: rows.csv.zst is packed. Unpack it on the way: zstdcat rows.csv.zst | yak produce TOPIC --file - --format csv. See yak produce --help.',
  ],
  [
    'produce t --file x.csv --delimiter ab',
    'yak produce: --delimiter is "ab". Give one character other than a quote or line break, or tab. See yak produce --help.',
  ],
  [
    'produce t --file x.ndjson --delimiter ;',
    'yak produce: --delimiter is for CSV, and the input is read as ndjson. Leave it out. See yak produce --help.',
  ],
  [
    'produce t --value 1 --header novalue',
    'yak produce: --header is "novalue". Give NAME=TEXT. See yak produce --help.',
  ],
  [
    'topics delete t',
    'yak topics delete: Standard input is no terminal, so nobody can be asked whether to go on. Give --yes. See yak topics delete --help.',
  ],
  [
    'topics create t --config retentionMs',
    'yak topics create: --config is "retentionMs". Give NAME=VALUE. See yak topics create --help.',
  ],
  ['consume a/b', /^yak consume: TOPIC is "a\/b"\. A topic name is made of .* See yak consume --help\.$/],
  [
    'produce .. --value 1',
    'yak produce: TOPIC is "..". ".." can not be a topic name. Choose another. See yak produce --help.',
  ],
  [
    'produce t --value 1 --strict',
    'yak produce: --strict is for rows, and --value is one value. Leave it out. See yak produce --help.',
  ],
  [
    'produce t --value 1 --format csv',
    'yak produce: --format is for rows, and --value is one value. Leave it out. See yak produce --help.',
  ],
  ['dev --data-dir=', 'yak dev: --data-dir is empty. Name a folder, or leave it out. See yak dev --help.'],
  ['produce t --value 1 --key=', 'yak produce: --key is empty. Give a key, or leave it out. See yak produce --help.'],
  ['produce t --file=', 'yak produce: --file is empty. Name a file, or - for standard input. See yak produce --help.'],
  [
    'produce t --file - --encoding klingon',
    'yak produce: There is no encoding "klingon". Give utf-8, latin1, windows-1252, utf-16le or another of the web\'s labels. See yak produce --help.',
  ],
  [
    'consume t --from Earliest',
    /^yak consume: --from is "Earliest"\. Give earliest, .* Did you mean earliest\? See yak consume --help\.$/,
  ],
  [
    'consume t --brokers u:p@h:1',
    'yak consume: "u:p@h:1" is no address of a broker. Give --brokers http://HOST:PORT, several with commas. See yak consume --help.',
  ],
])('usage error: %s', async (args, message) => {
  const { code, stdout, stderr } = await yak(args.split(' '))
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr.endsWith('\n')).toBe(true)
  const line = stderr.trimEnd()
  if (typeof message === 'string') expect(line).toBe(message)
  else expect(line).toMatch(message)
})

test('a wrong setting of a broker is a usage error too', async () => {
  const { code, stderr } = await yak(['broker', '--prot', '5001'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/--prot.*Did you mean --port\?/)
})

test('an error names the variable that a wrong value came from', async () => {
  const { code, stderr } = await yak(['consume', 't'], { environment: { YAK_MAX: 'many' } })
  expect(code).toBe(2)
  expect(stderr).toContain('YAK_MAX is "many".')
})

test.each([[['produce', 't', '--value', '1']], [['consume', 't']], [['topics', 'list']], [['cluster']]])(
  'no broker: %s',
  async (args) => {
    const { code, stdout, stderr } = await yak([
      ...args,
      '--timeout-ms',
      '500',
      '--brokers',
      `127.0.0.1:${await freePort()}`,
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^yak [a-z ]+: .*\([A-Z_]+\)\n$/)
  },
)

import { freePort } from '@yak/election/testing'

test.each([[['broker']], [['dev']], [['produce', 't', '--file', 'rows.csv']]])(
  'a folder that is deleted under whoever stands in it: %s',
  async (args) => {
    const folder = await mkdtemp(join(tmpdir(), 'yak-gone-'))
    // By a shell: node keeps in mind where it was started.
    const inGone = ['-c', 'cd "$0" && rmdir "$0" && exec "$@"', folder, ...yakCommand, ...args]
    const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = execFile('sh', inGone, { env: cleanEnvironment() }, (_error, _stdout, stderr) =>
        resolve({ code: child.exitCode, stderr }),
      )
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^yak [a-z]+: The folder that yak was started in is not there any more\. Change to another one\. \(ENOENT\)\n$/,
    )
  },
)
