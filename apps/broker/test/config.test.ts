import { describe, expect, test } from 'vitest'
import { memberListOf } from '../src/cluster/member-list.ts'
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
    expect(line('--data-dir', '--chaos=true')).toBe(
      '--data-dir needs a value: --data-dir VALUE. For one that begins with a dash write --data-dir=--chaos=true.',
    )
    expect(configFromCommandLine(['--data-dir=--odd'], {}).dataDir).toBe('--odd')
    expect(line('--port', '1', '--port', '2')).toContain('--port is given twice')
    expect(line('start')).toContain('"start" stands alone')
  })

  test('says what is wrong with a cluster', () => {
    const two = '1=http://127.0.0.1:5001,2=http://127.0.0.1:5002'
    expect(line('--peers', two)).toContain('no --coordinator to elect a leader with')
    expect(line('--peers', two, '--coordinator', 'sqlite:x', '--id', '3')).toContain('and not this broker, 3')
    expect(line('--peers', '1=http://a,1=http://b')).toContain('names broker 1 twice')
    expect(line('--peers', '1=http://a,2=http://a/')).toContain('URL http://a for broker 1 and broker 2')
    expect(line('--peers', '1=a,2=http://b')).toContain('"1=a"')
    expect(line('--peers', '1=http://u:secret@a/x,2=http://b')).toContain('"1=http://u:***@a/x"')
    expect(line('--peers', two, '--coordinator', 'http://x')).toContain('--coordinator is "http://x"')
    const spaced = line('--coordinator', 'redis+sentinel://:my pass@h/m?sentinel-password=my pass')
    expect(spaced).toContain('--coordinator is "redis+sentinel://:***@h/m?sentinel-password=***"')
    expect(spaced).not.toContain('my pass')
    expect(line('--peers', two, '--coordinator', 'sqlite:x', '--min-insync', '3')).toContain('there are 2 brokers')
    expect(line('--min-insync', '2')).toContain('there is 1 broker. Give at most 1.')
    expect(line('--lease-ms', '10')).toContain('--lease-ms is "10"')
    expect(line('--role', 'boss')).toContain('leader, follower')
    const config = configFromCommandLine(['--peers', two, '--id', '2', '--coordinator', 'sqlite:x'], {})
    expect(memberListOf(config).members).toEqual({ version: 1, brokerIds: ['1', '2'], minInsyncReplicas: 1 })
    const three = resolveConfig({ peers: `${two},3=http://c`, coordinator: 'redis://x' })
    expect(memberListOf(three).members.minInsyncReplicas).toBe(2)
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
