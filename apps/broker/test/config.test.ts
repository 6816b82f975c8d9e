import { describe, expect, test } from 'vitest'
import { ConfigError, configFromCommandLine, configHelp, configOptions, resolveConfig } from '../src/config.ts'

const refused = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('It was taken.')
}
const line = (...args: string[]) => refused(() => configFromCommandLine(args, {}))

describe('settings', () => {
  test('have defaults', () => {
    expect(resolveConfig()).toMatchObject({
      id: '1',
      port: 5001,
      host: '127.0.0.1',
      defaultPartitions: 3,
      flush: 'always',
    })
  })

  test('come from flags, and from the environment where a flag is absent', () => {
    const environment = { YAK_PORT: '7000', YAK_ID: 'b', YAK_HOST: '', YAK_AUTO_CREATE_TOPICS: 'false', OTHER: 'x' }
    const config = configFromCommandLine(['--port', '7001', '--data-dir=/tmp/yak', '--retention-ms', '-1'], environment)
    expect(config).toMatchObject({
      port: 7001,
      id: 'b',
      host: '127.0.0.1',
      autoCreateTopics: false,
      dataDir: '/tmp/yak',
      retentionMs: -1,
    })
  })

  test('are never changed afterwards', () => {
    expect(Object.isFrozen(resolveConfig())).toBe(true)
  })
})

describe('an error names the setting, the value and what is allowed', () => {
  test('of a flag', () => {
    expect(line('--port', 'abc')).toBe('--port is "abc". Give a whole number from 0 to 65535.')
    expect(line('--port', '70000')).toContain('--port is "70000"')
    expect(line('--flush', 'never')).toBe('--flush is "never". Give always, interval.')
    expect(line('--retention-ms', '0')).toContain('-1 for no limit')
    expect(line('--advertise', 'ftp://x')).toContain('a URL without a path')
    expect(line('--id', 'a b')).toContain('letters, digits')
  })

  test('of a variable', () => {
    expect(refused(() => configFromCommandLine([], { YAK_PORT: '1.5' }))).toContain('YAK_PORT is "1.5"')
  })

  test('of a value in code', () => {
    expect(refused(() => resolveConfig({ port: -1 }))).toContain('port is -1')
    expect(refused(() => resolveConfig({ prot: 1 } as never))).toContain('Did you mean port?')
  })

  test('that does not go with another', () => {
    expect(line('--max-record-bytes', '8388608')).toContain(
      '--max-batch-bytes is 4194304, less than --max-record-bytes 8388608',
    )
  })
})

describe('the command line', () => {
  test('refuses what it does not know, and names the nearest', () => {
    expect(line('--prot', '1')).toContain('There is no flag --prot. Did you mean --port?')
    expect(line('--datadir', 'x')).toContain('--data-dir')
    expect(line('--zzzzzzzzzzzz', '1')).toBe('There is no flag --zzzzzzzzzzzz. See --help for all.')
  })

  test('refuses a flag without a value, given twice, or a word alone', () => {
    expect(line('--port')).toContain('--port needs a value')
    expect(line('--port', '1', '--port', '2')).toContain('--port is given twice')
    expect(line('start')).toContain('"start" stands alone')
  })

  test('takes of the cluster settings only what is true of one broker', () => {
    expect(line('--coordinator', 'redis://x')).toContain('needs no coordinator')
    expect(line('--peers', '1=http://a,2=http://b')).toContain('leave --peers out')
    expect(line('--role', 'follower')).toContain('always leads')
    expect(line('--min-insync', '2')).toContain('give 1')
    expect(line('--lease-ms', '5000')).toContain('holds no lease')
    expect(refused(() => configFromCommandLine([], { YAK_COORDINATOR: 'sqlite:x' }))).toContain(
      'YAK_COORDINATOR "sqlite:x"',
    )
    const config = configFromCommandLine(
      ['--role', 'leader', '--min-insync', '1', '--peers', '7=http://a', '--id', '7'],
      {},
    )
    expect(config.id).toBe('7')
  })
})

test('every setting is in the help, with its flag, variable and default', () => {
  const options = configOptions()
  expect(options.map(({ flag }) => flag)).toContain('--max-in-flight-bytes')
  expect(options.find(({ flag }) => flag === '--port')).toMatchObject({ variable: 'YAK_PORT', default: '5001' })
  for (const { flag, description } of options) {
    expect(configHelp()).toContain(flag)
    expect(description.length).toBeGreaterThan(5)
  }
})
