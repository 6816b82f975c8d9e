import { z } from 'zod'
import { brokerId, timestampRead } from './fields.ts'
import { brokerQuery, missingBrokerSchema } from './journal.ts'

const settingValue = z.union([z.string(), z.number(), z.boolean()])

const toldSettingSchema = z
  .object({
    name: z.string().meta({ description: 'In code.', examples: ['leaseMs'] }),
    flag: z.string().meta({ description: 'On the command line.' }),
    variable: z.string().meta({ description: 'In the environment.' }),
    description: z.string().meta({ description: 'What it decides.' }),
    unit: z.string().meta({ description: 'Of a number, such as `ms`; empty without one.' }),
    value: settingValue.meta({ description: 'In effect. Of a URL without what may be a secret: `***` stands for it.' }),
    default: settingValue.meta({ description: 'In effect where nobody gave another.' }),
    isDefault: z.boolean().meta({ description: 'The value in effect is the default, wherever it came from.' }),
    source: z
      .enum(['flag', 'environment', 'code', 'default'])
      .meta({ description: 'Where it was given; `code`: by the program that started the broker within itself.' }),
  })
  .meta({ id: 'ToldSetting' })

const exampleConfig = {
  brokerId: '1',
  version: '0.1.0',
  nodeVersion: '26.10.0',
  platform: 'linux x64',
  settings: [
    {
      name: 'coordinator',
      flag: '--coordinator',
      variable: 'YAK_COORDINATOR',
      description: 'where the lease is kept',
      unit: '',
      value: 'redis://yak:***@redis:6379/0',
      default: '',
      isDefault: false,
      source: 'environment' as const,
    },
  ],
}

/** What one broker runs with. */
const brokerConfigSchema = z
  .object({
    brokerId,
    version: z.string().meta({ description: 'Of YAK.' }),
    nodeVersion: z.string().meta({ description: 'Of Node.' }),
    platform: z.string().meta({ description: 'Operating system and processor, as Node names them.' }),
    settings: z.array(toldSettingSchema).meta({ description: 'All of them, in the order of `yak broker --help`.' }),
  })
  .meta({ id: 'BrokerConfig', examples: [exampleConfig] })

/** What `brokerConfigSchema` gives: what one broker runs with. */
export type BrokerConfigJson = z.infer<typeof brokerConfigSchema>

/** The query of `GET /v1/broker-config`. */
export const brokerConfigQuerySchema = z.strictObject({ broker: brokerQuery }).meta({ id: 'BrokerConfigQuery' })

/** `GET /v1/broker-config`. */
export const brokerConfigResponseSchema = z
  .object({
    brokerId: brokerId.meta({ description: 'Who answers.' }),
    asOf: timestampRead,
    brokers: z.array(brokerConfigSchema).meta({ description: 'By id.' }),
    missing: z.array(missingBrokerSchema).meta({ description: 'Brokers that could not be asked.' }),
  })
  .meta({
    id: 'BrokerConfigResponse',
    examples: [
      {
        brokerId: '1',
        asOf: 1_767_225_700_000,
        brokers: [exampleConfig],
        missing: [{ brokerId: '3', detail: 'http://127.0.0.1:5003 did not answer within 2000 ms.' }],
      },
    ],
  })

/** What `brokerConfigResponseSchema` gives: the answer of `GET /v1/broker-config`. */
export type BrokerConfigResponse = z.infer<typeof brokerConfigResponseSchema>
