import type { BrokerConfigJson } from '@yak/protocol/schemas'
import { expect, test } from 'vitest'
import { settingRows } from '../../../src/features/broker/setting-rows.ts'

const setting: BrokerConfigJson['settings'][number] = {
  name: 'retentionMs',
  flag: '--retention-ms',
  variable: 'YAK_RETENTION_MS',
  description: 'time a record is kept',
  unit: 'ms',
  value: -1,
  default: 604_800_000,
  isDefault: false,
  source: 'environment',
}

test('numbers are read in their unit, and the exact ones stay beside them', () => {
  const [row] = settingRows([setting])
  expect(row).toEqual({
    name: 'retentionMs',
    flag: '--retention-ms',
    description: 'Time a record is kept.',
    value: '-1',
    readable: 'no limit',
    fallback: '7 d',
    changed: true,
    from: 'YAK_RETENTION_MS',
  })
  const [size] = settingRows([{ ...setting, unit: 'bytes', value: 134_217_728, default: 1_024 }])
  expect(size).toMatchObject({ value: '134217728', readable: '128 MiB', fallback: '1.0 KiB' })
})

test('what is no number, or one without a unit, stands as it is', () => {
  const rows = settingRows([
    { ...setting, unit: '', value: 'always', default: 'always', isDefault: true, source: 'default' },
    { ...setting, unit: '', value: 77, default: 10_000, source: 'flag' },
    { ...setting, unit: '', value: true, default: false, source: 'code' },
  ])
  expect(
    rows.map(({ value, readable, fallback, changed, from }) => [value, readable, fallback, changed, from]),
  ).toEqual([
    ['always', null, 'always', false, 'default'],
    ['77', null, '10000', true, 'flag'],
    ['true', null, 'false', true, 'program'],
  ])
})
