import type { Locator, Page } from 'playwright-core'
import { badRows, manyRows, orderRows, pickFile } from './look-files.ts'
import {
  card,
  choose,
  chooseInSight,
  click,
  fill,
  inTurn,
  lookedAtEverything,
  press,
  scrollBy,
  step,
} from './look-steps.ts'
import { routes, states } from './routes.ts'

/** A page as one picture shows it. */
export interface Look {
  /** Of the file, before its theme and width. */
  readonly name: string
  readonly route: string
  /** What a person does there before the picture is taken. */
  readonly steps?: (page: Page) => Promise<unknown>
  /** How long the page lives before the steps, so that charts have points and lists have rows. */
  readonly liveMs?: number
  /** What the picture is of, where it is not the page's beginning: it is brought into view, and missed when it is not there. */
  readonly subject?: (page: Page) => Locator
  /** Only where this is the width. */
  readonly only?: 'phone' | 'wide'
}

export const nameOf = (route: string): string =>
  route.replace(/[^a-zA-Z0-9]+/g, '-').replace(/^-|-$/g, '') || 'overview'

const frame: readonly Look[] = [
  { name: 'palette', route: '/topics', steps: press('Control+k') },
  {
    name: 'palette-found',
    route: '/topics',
    steps: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill('ord')
    },
  },
  { name: 'help', route: '/topics', steps: press('?') },
  { name: 'connection', route: '/topics', steps: click(/^Connection/) },
  { name: 'leader', route: '/topics', steps: click(/b\d leads/) },
  { name: 'coordinator', route: '/topics', steps: click(/SQLite|Redis/) },
  { name: 'more', route: '/topics', only: 'phone', steps: click('More') },
  { name: 'not-found', route: '/nowhere' },
]

const overview: readonly Look[] = [
  { name: 'overview-partition', route: '/?partition=orders%2F2' },
  { name: 'overview-table', route: '/?range=1m', liveMs: 4_000, steps: choose('As a table') },
  { name: 'overview-below', route: '/', liveMs: 4_000, only: 'phone', steps: scrollBy(900) },
]

const topics: readonly Look[] = [
  { name: 'topics-create', route: '/topics?create=true' },
  {
    name: 'topics-create-wrong',
    route: '/topics?create=true',
    steps: inTurn(fill('Name', 'my topic/ü'), press('Enter')),
  },
  { name: 'topics-none-match', route: '/topics?q=zebra' },
  { name: 'topics-bad-pattern', route: '/topics?q=(&regex=true' },
  { name: 'topic-unknown', route: '/topics/nobody/messages' },
  { name: 'partitions-open', route: '/topics/orders/partitions?open=%5B1%5D', liveMs: 2_000 },
  {
    name: 'partitions-timed',
    route: '/topics/payments/partitions',
    subject: (page) => page.getByRole('list', { name: 'Timed messages' }).getByRole('listitem').first(),
    steps: inTurn(click('Send and time'), (page) =>
      page.getByRole('list', { name: 'Timed messages' }).getByRole('listitem').first().waitFor(),
    ),
  },
  { name: 'config-changed', route: '/topics/orders/config?changed=true' },
  { name: 'topic-delete', route: '/topics/orders/config', steps: click('Delete') },
  { name: 'topic-purge', route: '/topics/orders/config', steps: click('Purge') },
]

const messages: readonly Look[] = [
  { name: 'messages-live', route: '/topics/orders/messages?seek=live', liveMs: 3_000 },
  { name: 'messages-none', route: '/topics/empty.topic/messages' },
  {
    name: 'messages-none-match',
    route: '/topics/shipments/messages?filter=zebra',
    steps: (page) => page.getByText('Nothing matches').waitFor(),
    subject: (page) => page.getByText('Nothing matches'),
  },
  { name: 'messages-offset', route: '/topics/shipments/messages?seek=offset&at=500&p=%5B1%5D' },
  { name: 'messages-time', route: '/topics/shipments/messages?seek=time' },
  {
    name: 'messages-time-read',
    // Half a day ago, as what is in the topic is of a day.
    route: `/topics/shipments/messages?seek=time&at=${new Date(Date.now() - 43_200_000).toISOString()}`,
  },
  { name: 'messages-time-before', route: '/topics/shipments/messages?seek=time&at=2026-01-31T10%3A00%3A00.250Z' },
  {
    name: 'messages-time-wrong',
    route: '/topics/shipments/messages?seek=time',
    steps: async (page) => {
      await page.getByLabel(/^Time, /).fill('2026-02-30 10:00')
      await page.keyboard.press('Enter')
    },
  },
  {
    name: 'messages-offset-wrong',
    route: '/topics/shipments/messages?seek=offset&at=x',
    steps: fill('Offset in each partition', 'ten'),
  },
  {
    name: 'message-long-raw',
    route: '/topics/manuals/messages?m=0%400',
    steps: inTurn(choose('Raw'), click(/^Show all/)),
  },
  { name: 'messages-columns', route: '/topics/shipments/messages?columns=%5B%22status%22%2C%22hub.city%22%5D' },
  { name: 'messages-column-picker', route: '/topics/shipments/messages', steps: click(/^Columns/) },
  { name: 'messages-partition-picker', route: '/topics/shipments/messages', steps: click('All partitions') },
  { name: 'messages-menu', only: 'wide', route: '/topics/shipments/messages', steps: click(/^Actions of/) },
  { name: 'messages-filter-fields', route: '/topics/shipments/messages', steps: fill('Filter', 'value.') },
  { name: 'messages-filter-values', route: '/topics/shipments/messages', steps: fill('Filter', 'value.status == ') },
  { name: 'messages-filter-wrong', route: '/topics/shipments/messages', steps: fill('Filter', 'value.total > && ') },
  { name: 'messages-filter-help', route: '/topics/shipments/messages', steps: click('How to filter') },
  ...(['value', 'key', 'headers', 'meta', 'snippet'] as const).map((tab) => ({
    name: `message-panel-${tab}`,
    route: `/topics/shipments/messages?seek=oldest&m=1%405&tab=${tab}`,
  })),
  {
    name: 'message-panel-search',
    route: '/topics/shipments/messages?seek=oldest&m=1%405',
    steps: fill('Search in this message', 'parcel'),
  },
  {
    name: 'messages-dragged',
    only: 'wide',
    route: '/topics/shipments/messages?seek=oldest&m=1%405',
    steps: async (page) => {
      await page
        .getByRole('complementary', { name: 'Message' })
        .getByRole('button', { name: '"city"' })
        .hover({ position: { x: 20, y: 10 } })
      await page.mouse.down()
      await page.mouse.move(700, 500)
      await page.mouse.move(500, 520)
    },
  },
  {
    name: 'messages-chosen',
    route: '/topics/shipments/messages?seek=oldest',
    steps: async (page) => {
      await page.getByRole('grid').focus()
      for (const key of ['Shift+Space', 'Shift+ArrowDown', 'Shift+ArrowDown']) await page.keyboard.press(key)
    },
  },
  { name: 'export', route: '/topics/shipments/messages', steps: click('Export') },
  { name: 'export-csv', route: '/topics/shipments/messages', steps: inTurn(click('Export'), choose('CSV')) },
  { name: 'message', route: '/topics/shipments/1/200' },
  { name: 'message-snippet', route: '/topics/shipments/1/200?tab=snippet' },
  { name: 'message-beyond-the-end', route: '/topics/shipments/1/99999' },
  { name: 'journey', route: '/topics/shipments/journey?key=parcel-7', steps: lookedAtEverything, subject: step(2) },
  {
    name: 'journey-whole',
    route: '/topics/shipments/journey?key=parcel-7&view=whole',
    steps: lookedAtEverything,
    subject: step(1),
  },
  { name: 'journey-none', route: '/topics/shipments/journey?key=nobody', steps: lookedAtEverything },
]

const sent = async (page: Page) => {
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page
    .getByRole('link', { name: /^p\d@\d+$/ })
    .first()
    .waitFor()
}

const produce: readonly Look[] = [
  {
    name: 'produce-sent',
    route: '/produce?topic=orders&key=customer-7&value=%7B%22total%22%3A12.5%7D',
    steps: inTurn(sent, sent),
    subject: (page) => page.getByRole('link', { name: /^p\d@\d+$/ }).nth(1),
  },
  {
    name: 'produce-snippet',
    route: '/produce?topic=orders&key=customer-7&value=%7B%22total%22%3A12.5%7D',
    steps: inTurn(sent, click('Code')),
    subject: (page) => page.getByRole('group', { name: 'Language' }).locator('xpath=following-sibling::*').first(),
  },
  {
    name: 'produce-wrong',
    route: '/produce?topic=orders',
    steps: async (page) => {
      await page.getByRole('textbox', { name: 'Value' }).fill('{\n  "total": 12.5,\n  "paid": yes\n}')
      await page.getByRole('button', { name: 'Add header' }).click()
    },
  },
  {
    name: 'produce-templates',
    route: '/produce?topic=orders&key=customer-7&value=%7B%22id%22%3A%22%7B%7Buuid%7D%7D%22%7D',
    steps: async (page) => {
      await page.getByRole('button', { name: /^Templates/ }).click()
      for (const name of ['a new order', 'an order with a long value that ends nowhere']) {
        await page.getByLabel('Keep this message as').fill(name)
        await page.keyboard.press('Enter')
        await page.getByText(name, { exact: true }).first().waitFor()
      }
    },
  },
  {
    name: 'produce-filled',
    route: '/produce?topic=orders&key=customer-%7B%7Bint%201%209%7D%7D',
    steps: async (page) => {
      await page
        .getByRole('textbox', { name: 'Value' })
        .fill('{\n  "id": "{{uuid}}",\n  "number": {{i}},\n  "at": "{{now}}"\n}')
      await page.getByRole('region', { name: 'What is sent' }).scrollIntoViewIfNeeded()
    },
  },
  { name: 'produce-new-topic', route: '/produce?topic=not.there' },
  {
    name: 'produce-repeat',
    route: '/produce?topic=payments&value=%7B%22i%22%3A%22%7B%7Bi%7D%7D%22%7D',
    steps: inTurn(choose('Send it many times'), click('Start'), (page) =>
      page.getByRole('link', { name: /^Last/ }).waitFor(),
    ),
    subject: (page) => page.getByRole('link', { name: /^Last/ }),
  },
  { name: 'produce-topics', route: '/produce', steps: (page) => page.getByRole('combobox', { name: 'Topic' }).click() },
]

const mapped = (file: () => ReturnType<typeof orderRows>) =>
  inTurn(pickFile(file), click('Map columns'), (page) => page.getByText('Rows 1 to 3 as messages').waitFor())
const keyed = async (page: Page) => {
  await page.getByRole('radio', { name: 'Column', exact: true }).check()
  await page.getByRole('combobox', { name: 'Column', exact: true }).selectOption('customer_no')
}
const sendButton = (page: Page) => page.getByRole('button', { name: /^Send \d/ })
const checked = (file: () => ReturnType<typeof orderRows>) =>
  inTurn(mapped(file), keyed, click('Check all rows'), (page) => sendButton(page).waitFor())
const paused = inTurn(
  checked(manyRows),
  (page) => sendButton(page).click(),
  // Some rows are sent, so that there is something to go on from.
  (page) =>
    page
      .getByText('Sent', { exact: true })
      .locator('xpath=following-sibling::*')
      .getByText(/^[1-9][\d\u00a0]+/)
      .first()
      .waitFor(),
  // At once: an import of so many rows takes but seconds.
  (page) => page.getByRole('button', { name: 'Pause', exact: true }).evaluate((button) => button.click()),
  (page) => page.getByText('paused', { exact: true }).waitFor(),
)
const reported = (page: Page) => page.getByText('The same from elsewhere').waitFor()

const imports: readonly Look[] = [
  {
    name: 'csv-1-file',
    route: '/produce/csv?topic=imports',
    steps: inTurn(pickFile(orderRows), (page) => page.getByRole('button', { name: 'Map columns' }).waitFor()),
  },
  { name: 'csv-1-paste', route: '/produce/csv?topic=imports', steps: click('Paste text') },
  {
    name: 'csv-1-empty-file',
    route: '/produce/csv?topic=imports',
    steps: pickFile(() => ({ name: 'nothing.csv', mimeType: 'text/csv', buffer: Buffer.from('') })),
  },
  {
    name: 'csv-1-workbook',
    route: '/produce/csv?topic=imports',
    steps: pickFile(() => ({
      name: 'orders.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('PK\u0003\u0004\u0014\u0000[Content_Types].xml', 'latin1'),
    })),
    subject: (page) => page.getByText('is an Excel workbook'),
  },
  { name: 'csv-2-map', route: '/produce/csv?topic=imports', steps: inTurn(mapped(orderRows), keyed) },
  {
    name: 'csv-2-map-wrong',
    route: '/produce/csv?topic=imports',
    steps: inTurn(mapped(orderRows), async (page) => {
      await page.getByLabel('Name of total').fill('paid')
      await page.getByLabel('Include note').uncheck()
      await page.getByRole('radio', { name: 'Template', exact: true }).check()
      await page.getByRole('textbox', { name: 'Template' }).fill('{nobody}')
    }),
  },
  { name: 'csv-3-topic', route: '/produce/csv', steps: inTurn(mapped(orderRows), click('Check all rows')) },
  { name: 'csv-3-check', route: '/produce/csv?topic=imports', steps: checked(orderRows) },
  { name: 'csv-3-check-problems', route: '/produce/csv?topic=imports', steps: checked(badRows) },
  { name: 'csv-4-paused', route: '/produce/csv?topic=imports', steps: paused },
  {
    name: 'csv-4-resume',
    route: '/produce/csv?topic=imports',
    steps: inTurn(paused, async (page) => {
      page.on('dialog', (dialog) => void dialog.accept())
      await page.reload()
      await page.getByText('Go on with an import').waitFor()
    }),
    subject: (page) => page.getByText('Go on with an import'),
  },
  {
    name: 'csv-5-report',
    route: '/produce/csv?topic=imports',
    steps: inTurn(checked(orderRows), (page) => sendButton(page).click(), reported),
  },
  {
    name: 'csv-5-report-problems',
    route: '/produce/csv?topic=imports',
    steps: inTurn(checked(badRows), (page) => sendButton(page).click(), reported),
    subject: card('7 rows not sent'),
  },
  {
    name: 'csv-earlier-imports',
    route: '/produce/csv?topic=imports',
    steps: inTurn(
      checked(badRows),
      (page) => sendButton(page).click(),
      reported,
      (page) => page.getByRole('link', { name: 'Import another' }).click(),
    ),
  },
]

const cards = (...texts: string[]) => `s=${encodeURIComponent(JSON.stringify(texts))}`
const consume: readonly Look[] = [
  { name: 'consume-one', route: `/consume?${cards('orders')}`, liveMs: 4_000 },
  { name: 'consume-quiet', route: `/consume?${cards('empty.topic')}` },
  {
    name: 'consume-merged',
    route: `/consume?${cards('orders', 'payments/0@earliest', '~clickstream?customer-3')}`,
    liveMs: 4_000,
  },
  {
    name: 'consume-lanes',
    route: `/consume?view=lanes&${cards('orders', 'payments@earliest', 'clickstream?customer-3')}`,
    liveMs: 4_000,
  },
  { name: 'consume-wrong', route: `/consume?${cards('nobody', 'orders/77', 'orders?value.a >')}`, liveMs: 1_500 },
  {
    name: 'consume-add',
    route: `/consume?${cards('orders@earliest')}`,
    steps: inTurn(click(/^Subscribe|^Add/), async (page) => {
      await page.getByRole('dialog').getByRole('combobox', { name: 'Begin' }).selectOption('time')
      await page.getByRole('dialog').getByRole('button', { name: 'Subscribe' }).click()
    }),
  },
  {
    name: 'consume-add-wrong-name',
    route: `/consume?${cards('orders@earliest')}`,
    steps: inTurn(click(/^Subscribe|^Add/), (page) => page.getByRole('dialog').getByLabel('Topic').fill('my orders')),
  },
  {
    name: 'consume-add-topics',
    route: `/consume?${cards('orders@earliest')}`,
    steps: inTurn(click(/^Subscribe|^Add/), (page) => page.getByRole('dialog').getByLabel('Topic').click()),
  },
  {
    name: 'consume-code',
    route: `/consume?${cards('orders', 'payments/1@earliest', 'clickstream?customer-1')}`,
    steps: (page) => page.getByRole('button', { name: 'Code for these subscriptions' }).click(),
  },
  {
    name: 'consume-chosen',
    route: `/consume?${cards('orders@earliest', 'payments/1@earliest')}`,
    liveMs: 1_500,
    steps: chooseInSight(2),
  },
  {
    name: 'consume-lanes-chosen',
    route: `/consume?view=lanes&${cards('orders@earliest', 'payments/1@earliest')}`,
    liveMs: 1_500,
    only: 'wide',
    steps: chooseInSight(2),
  },
  {
    name: 'consume-export',
    route: `/consume?${cards('orders@earliest', 'payments/1@earliest')}`,
    liveMs: 1_500,
    steps: inTurn(chooseInSight(1), click('Export these'), (page) => page.getByText('CSV', { exact: true }).click()),
  },
  {
    name: 'consume-message',
    route: `/consume?${cards('audit.log@earliest')}`,
    liveMs: 1_000,
    steps: (page) => page.getByRole('log', { name: 'Messages' }).getByText('Grete').last().click(),
  },
]

const brokersAndJournal: readonly Look[] = [
  {
    name: 'broker-chaos',
    route: '/brokers/1?__state=healthy',
    subject: card('Chaos'),
  },
  { name: 'broker-gone', route: '/brokers/3?__state=replica-lost' },
  { name: 'broker-unknown', route: '/brokers/9' },
  { name: 'timeline-marks', route: '/timeline?__state=healthy' },
  { name: 'timeline-table', route: '/timeline?__state=healthy&view=table' },
  { name: 'timeline-partition', route: '/timeline?__state=healthy&p=%5B%22orders%2F2%22%5D&span=60000' },
  {
    name: 'timeline-chosen',
    route: '/timeline?__state=healthy&span=120000',
    steps: (page) =>
      page
        .getByRole('button', { name: /^b\d: / })
        .first()
        .click(),
  },
  { name: 'timeline-snapshot', route: '/timeline?__state=snapshot' },
  { name: 'timeline-open-snapshot', route: '/timeline?open=true' },
  { name: 'log-line', route: '/log?__state=healthy&at=1%3A57' },
  { name: 'log-filtered', route: '/log?__state=healthy&level=warn' },
  { name: 'log-none-match', route: '/log?q=zebra' },
  { name: 'settings-forget', route: '/settings', steps: click(/^Forget/) },
  { name: 'settings-below', route: '/settings', steps: scrollBy(3_000) },
]

/** The states that are a page's own, beside those of the frame around it, which the overview shows. */
const ownStates = ['loading', 'empty', 'error', 'disconnected', 'snapshot']
const inStates = [
  '/topics',
  '/topics/orders/messages',
  '/topics/orders/partitions',
  '/topics/orders/config',
  '/topics/orders/2/100',
  '/produce',
  '/produce/csv',
  '/consume',
  '/brokers/1',
  '/timeline',
  '/log',
  '/settings',
]
export const looksInStates: readonly Look[] = [
  ...states.map((state): Look => ({ name: `overview.${state}`, route: `/?__state=${state}` })),
  ...inStates.flatMap((route) =>
    ownStates.map((state): Look => ({ name: `${nameOf(route)}.${state}`, route: `${route}?__state=${state}` })),
  ),
]

export const looks: readonly Look[] = [
  ...routes.map((route): Look => ({ name: nameOf(route), route, liveMs: 2_500 })),
  ...frame,
  ...overview,
  ...topics,
  ...messages,
  ...produce,
  ...imports,
  ...consume,
  ...brokersAndJournal,
]

/** After a leader was stopped and came back. */
export const looksAfterFailover: readonly Look[] = [
  { name: 'failover-overview', route: '/?range=1m', liveMs: 4_000 },
  { name: 'failover-timeline', route: '/timeline?span=60000', liveMs: 1_500 },
  { name: 'failover-timeline-table', route: '/timeline?span=60000&view=table', liveMs: 1_500 },
  { name: 'failover-log', route: '/log', liveMs: 1_000 },
]

/** After several changes of the leader within seconds. */
export const looksAfterFailovers: readonly Look[] = [
  { name: 'failovers-scrubber', route: '/topics/orders/messages', liveMs: 1_500 },
  { name: 'failovers-timeline', route: '/timeline?span=60000', liveMs: 1_500 },
]

/** After all brokers were stopped and started. */
export const looksAfterStop: readonly Look[] = [
  { name: 'stopped-timeline', route: '/timeline?span=60000', liveMs: 1_500 },
]
