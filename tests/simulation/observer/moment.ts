import type { Output } from '../../../apps/broker/src/replication/core/outputs.ts'

/** The steps of the protocol between which a crash hurts most: where an ambush waits for a broker. */
export const MOMENTS = [
  'promises',
  'asks for promises',
  'saves a promise',
  'reconciles',
  'enters an epoch',
  'saves its membership',
  'announces itself',
  'changes the ISR',
  'begins to lead',
  'cuts its log',
  'replicates',
  'acknowledges',
  'renews',
] as const

/** Where it waits in seeds in which logs are let go of. */
export const RETENTION_MOMENTS = ['deletes records', 'lets go', 'has let go', 'lets go as its leader did'] as const

export type Moment = (typeof MOMENTS)[number] | (typeof RETENTION_MOMENTS)[number]

/** Those that come with every batch: an ambush there strikes more rarely. */
export const frequentMoments: ReadonlySet<Moment> = new Set<Moment>(['replicates', 'acknowledges', 'renews'])

export function momentOf(output: Output): Moment | undefined {
  switch (output.type) {
    case 'send':
      return momentOfMessage(output)
    case 'save':
      if (output.content.file === 'promise') return 'saves a promise'
      if (output.content.file === 'cluster') return 'saves its membership'
      return output.content.file === 'entered-epochs' ? 'enters an epoch' : undefined
    case 'call':
      if (output.call.type === 'update-isr') return 'changes the ISR'
      return output.call.type === 'renew' ? 'renews' : undefined
    case 'role-changed':
      return output.role === 'leader' ? 'begins to lead' : undefined
    case 'truncate':
    case 'begin-anew':
      return 'cuts its log'
    case 'raise-log-start':
      return 'lets go as its leader did'
    case 'replicate':
      return 'replicates'
    case 'answer':
      return output.answer.outcome === 'done' ? 'acknowledges' : undefined
    default:
      return undefined
  }
}

function momentOfMessage({ message }: Extract<Output, { type: 'send' }>): Moment | undefined {
  switch (message.type) {
    case 'promise-request':
      return 'asks for promises'
    case 'promise-response':
      return message.verdict === 'higher' ? undefined : 'promises'
    case 'announce':
      return 'announces itself'
    case 'fetch-request':
      return message.purpose === 'reconcile' ? 'reconciles' : undefined
    default:
      return undefined
  }
}
