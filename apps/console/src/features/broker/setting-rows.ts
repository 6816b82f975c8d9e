import type { BrokerConfigJson } from '@yak/protocol/schemas'
import { formatBytes, formatSpan } from '../../lib/format.ts'

type ToldSetting = BrokerConfigJson['settings'][number]

export interface SettingRow {
  readonly name: string
  readonly flag: string
  readonly description: string
  readonly value: string
  /** As people read it, where that is something else. */
  readonly readable: string | null
  readonly fallback: string
  readonly changed: boolean
  /** Where it was given. */
  readonly from: string
}

export function settingRows(settings: BrokerConfigJson['settings']): readonly SettingRow[] {
  return settings.map((setting) => {
    const { name, flag, description, unit, value, isDefault } = setting
    return {
      name,
      flag,
      description: `${description.charAt(0).toUpperCase()}${description.slice(1)}.`,
      value: String(value),
      readable: readable(value, unit),
      fallback: readable(setting.default, unit) ?? String(setting.default),
      changed: !isDefault,
      from: fromText(setting),
    }
  })
}

function readable(value: ToldSetting['value'], unit: string): string | null {
  if (typeof value !== 'number' || unit === '' || value === 0) return null
  if (value === -1) return 'no limit'
  return unit === 'bytes' ? formatBytes(value) : unit === 'ms' ? formatSpan(value) : `${value} ${unit}`
}

function fromText({ source, variable }: ToldSetting): string {
  switch (source) {
    case 'flag':
      return 'flag'
    case 'environment':
      return variable
    case 'code':
      return 'program'
    case 'default':
      return 'default'
  }
}
