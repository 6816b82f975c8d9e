import type { BrokerConfigJson } from '@yak/protocol/schemas'

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
