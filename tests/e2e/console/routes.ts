/** Every route of the console, with something to show where it names something. */
export const routes: readonly string[] = [
  '/',
  '/topics',
  '/topics/orders/messages',
  '/topics/orders/partitions',
  '/topics/orders/config',
  '/topics/orders/2/100',
  '/topics/orders/journey',
  '/produce',
  '/produce/csv',
  '/produce/csv/no-such-job',
  '/consume',
  '/brokers/1',
  '/timeline',
  '/log',
  '/settings',
  '/__states',
]

/** The global states of a page beside the healthy one, as `?__state=` takes them. */
export const states: readonly string[] = [
  'loading',
  'empty',
  'error',
  'disconnected',
  'failover',
  'coordinator-lost',
  'replica-lost',
  'snapshot',
]

/** A page, and what is typed into which of its fields, by label. */
export interface Look {
  readonly route: string
  readonly fill?: readonly [label: string, text: string]
}

/** What the pages of messages can be in beside their first look, with the topic that `pnpm screenshots` makes for it. */
export const messageLooks: readonly Look[] = [
  { route: '/topics/shipments/messages?seek=offset&at=500&p=%5B1%5D' },
  { route: '/topics/shipments/messages', fill: ['Filter', 'sta'] },
  { route: '/topics/shipments/messages', fill: ['Filter', 'value.status == '] },
  { route: '/topics/shipments/messages?seek=oldest&m=1%405', fill: ['Search in this message', 'parcel'] },
  { route: '/topics/shipments/journey?key=parcel-7' },
  { route: '/topics/shipments/journey?key=parcel-7&view=whole' },
  { route: '/topics/shipments/journey?key=nobody' },
  { route: '/topics/shipments/1/200' },
  { route: '/topics/shipments/1/99999' },
]
