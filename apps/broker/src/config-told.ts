import type { BrokerConfigJson } from '@yak/protocol/schemas'
import { type BrokerConfig, configOptions, type SettingSources } from './config.ts'
import { withoutSecrets } from './config-secrets.ts'

/** Every setting as anybody may read it, in the order of the help. */
export function toldSettings(config: BrokerConfig, sources: SettingSources): BrokerConfigJson['settings'] {
  return configOptions().map(({ name, flag, variable, description, unit, defaultValue }) => {
    const value = config[name]
    return {
      name,
      flag,
      variable,
      description,
      unit,
      value: toldValue(name, value),
      default: defaultValue,
      isDefault: value === defaultValue,
      source: sources.get(name) ?? 'default',
    }
  })
}

function toldValue<Value extends string | number | boolean>(name: keyof BrokerConfig, value: Value): Value | string {
  if (typeof value !== 'string') return value
  // The members' URLs have a comma between them, and so may the Sentinels within one URL.
  return name === 'peers' ? value.split(',').map(withoutSecrets).join(',') : withoutSecrets(value)
}
