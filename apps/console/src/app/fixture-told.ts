import type { BrokerConfigJson, BrokerLog } from '@yak/protocol/schemas'

const given = (name: string, description: string, value: string | number, source: 'flag' | 'environment') => ({
  name,
  flag: `--${name}`,
  variable: `YAK_${name.replaceAll('-', '_').toUpperCase()}`,
  description,
  unit: '',
  value,
  default: '',
  isDefault: false,
  source,
})

/** Settings of one broker, some of each kind. */
export function fixtureConfig(id: string): BrokerConfigJson {
  const peers = ['1', '2', '3'].map((each) => `${each}=http://yak-${each}.example:5000`).join(',')
  return {
    brokerId: id,
    version: '0.1.0',
    nodeVersion: '26.10.0',
    platform: 'linux x64',
    settings: [
      { ...given('id', 'name of this broker in its cluster', id, 'flag'), default: '1', isDefault: id === '1' },
      given('peers', 'all brokers of the cluster, this one included; empty: it is alone', peers, 'flag'),
      given('coordinator', 'where the lease is kept', 'redis://yak:***@redis.example:6379/0', 'environment'),
      {
        ...given('retention-ms', 'time a record is kept', -1, 'flag'),
        unit: 'ms',
        default: 604_800_000,
      },
      {
        ...given('segment-bytes', 'size at which a segment file is closed', 134_217_728, 'flag'),
        unit: 'bytes',
        default: 134_217_728,
        isDefault: true,
      },
      {
        name: 'logLevel',
        flag: '--log-level',
        variable: 'YAK_LOG_LEVEL',
        description: 'what is logged',
        unit: '',
        value: 'info',
        default: 'info',
        isDefault: true,
        source: 'default',
      },
    ],
  }
}

/** The end of a log, some lines of each kind, up to `at`. */
export function fixtureLog(id: string, at: number): BrokerLog {
  const stack = 'Error: ECONNRESET\n    at Socket.read (node:net:700:12)\n    at Connection.answer (connection.ts:81:5)'
  const lines = [
    [30, 5_400_000, 'serving', { url: `http://yak-${id}.example:5000`, topics: 6, partitions: 28, recoveryMs: 412 }],
    [30, 36_000, 'Broker 1 is leader in epoch 8: its ISR is confirmed.', { role: 'leader', epoch: 8 }],
    [40, 35_000, 'In sync: 1, 2; 3 left, in epoch 8.', {}],
    [40, 21_000, 'requests refused', { code: 'OVERLOADED', requestId: '02cb7663-r', requests: 17 }],
    [50, 9_000, 'request failed', { err: { type: 'Error', message: 'ECONNRESET', stack }, requestId: '02cb7663-t' }],
    [30, 4_000, 'the peer answers as it should again', { peer: id === '2' ? '3' : '2' }],
  ] as const
  return {
    brokerId: id,
    total: lines.length,
    lines: lines.map(([level, agoMs, msg, fields]) =>
      JSON.stringify({ level, time: at - agoMs, broker: id, ...fields, msg }),
    ),
  }
}
