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
