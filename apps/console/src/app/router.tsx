import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  parseSearchWith,
  redirect,
  stringifySearchWith,
} from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { brokerSearch } from '../features/broker/search.ts'
import { consumeSearch } from '../features/consume/search.ts'
import { keepImportWorker } from '../features/csv-import/import-worker.ts'
import { csvImportSearch } from '../features/csv-import/search.ts'
import { logSearch } from '../features/log/search.ts'
import { journeySearch, messageSearch, messagesSearch } from '../features/messages/search.ts'
import { overviewSearch } from '../features/overview/search.ts'
import { produceSearch } from '../features/produce/search.ts'
import { timelineSearch } from '../features/timeline/search.ts'
import { configSearch, partitionsSearch, topicsSearch } from '../features/topics/search.ts'
import { readSearchValue } from '../lib/search-value.ts'
import { Page } from '../ui/page.tsx'
import { keepParts, lazyPart, PartFaultPanel } from '../ui/part.tsx'
import { CrashedPage } from './crashed-page.tsx'
import { Frame } from './frame/frame.tsx'
import { NotFoundPage } from './not-found-page.tsx'

const page = (importPage: () => Promise<ComponentType>) =>
  lazyPart(importPage, {
    whileLoading: null,
    failed: (fault) => (
      <Page title="This page did not arrive" documentTitle="Not loaded">
        <PartFaultPanel what="The page" {...fault} />
      </Page>
    ),
  })

/** Below the heading of another page. */
const tab = (importTab: () => Promise<ComponentType>) =>
  lazyPart(importTab, { whileLoading: null, failed: (fault) => <PartFaultPanel what="This tab" {...fault} /> })

/** The tree of routes: the one place where features meet. Each page is a chunk of its own; its search schema is not. */
const root = createRootRoute({
  component: () => (
    <Frame>
      <Outlet />
    </Frame>
  ),
  notFoundComponent: NotFoundPage,
})

const under = { getParentRoute: () => root } as const

const overview = createRoute({
  ...under,
  path: '/',
  validateSearch: overviewSearch,
  component: page(async () => (await import('../features/overview/overview-page.tsx')).OverviewPage),
})

const topics = createRoute({
  ...under,
  path: '/topics',
  validateSearch: topicsSearch,
  component: page(async () => (await import('../features/topics/topics-page.tsx')).TopicsPage),
})

const topic = createRoute({
  ...under,
  path: '/topics/$topic',
  component: page(async () => (await import('../features/topics/topic-page.tsx')).TopicPage),
})
const underTopic = { getParentRoute: () => topic } as const

const topicIndex = createRoute({
  ...underTopic,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/topics/$topic/messages', params: params as { topic: string }, replace: true })
  },
})
const topicMessages = createRoute({
  ...underTopic,
  path: 'messages',
  validateSearch: messagesSearch,
  component: tab(async () => (await import('../features/messages/messages-tab.tsx')).MessagesTab),
})
const topicPartitions = createRoute({
  ...underTopic,
  path: 'partitions',
  validateSearch: partitionsSearch,
  component: tab(async () => (await import('../features/topics/partitions-tab.tsx')).PartitionsTab),
})
const topicConfig = createRoute({
  ...underTopic,
  path: 'config',
  validateSearch: configSearch,
  component: tab(async () => (await import('../features/topics/config-tab.tsx')).ConfigTab),
})

const message = createRoute({
  ...under,
  path: '/topics/$topic/$partition/$offset',
  validateSearch: messageSearch,
  component: page(async () => (await import('../features/messages/message-page.tsx')).MessagePage),
})

const journey = createRoute({
  ...under,
  path: '/topics/$topic/journey',
  validateSearch: journeySearch,
  component: page(async () => (await import('../features/messages/journey-page.tsx')).JourneyPage),
})

const produce = createRoute({
  ...under,
  path: '/produce',
  validateSearch: produceSearch,
  component: page(async () => (await import('../features/produce/produce-page.tsx')).ProducePage),
})
const csvImport = createRoute({
  ...under,
  path: '/produce/csv',
  validateSearch: csvImportSearch,
  component: page(async () => (await import('../features/csv-import/csv-import-page.tsx')).CsvImportPage),
})
const csvJob = createRoute({
  ...under,
  path: '/produce/csv/$jobId',
  component: page(async () => (await import('../features/csv-import/csv-import-page.tsx')).CsvImportPage),
})

const consume = createRoute({
  ...under,
  path: '/consume',
  validateSearch: consumeSearch,
  component: page(async () => (await import('../features/consume/consume-page.tsx')).ConsumePage),
})

const broker = createRoute({
  ...under,
  path: '/brokers/$id',
  validateSearch: brokerSearch,
  component: page(async () => (await import('../features/broker/broker-page.tsx')).BrokerPage),
})
const timeline = createRoute({
  ...under,
  path: '/timeline',
  validateSearch: timelineSearch,
  component: page(async () => (await import('../features/timeline/timeline-page.tsx')).TimelinePage),
})
const log = createRoute({
  ...under,
  path: '/log',
  validateSearch: logSearch,
  component: page(async () => (await import('../features/log/log-page.tsx')).LogPage),
})
const settings = createRoute({
  ...under,
  path: '/settings',
  component: page(async () => (await import('../features/settings/settings-page.tsx')).SettingsPage),
})
const states = createRoute({
  ...under,
  path: '/__states',
  component: page(async () => (await import('./states-page.tsx')).StatesPage),
})

const routeTree = root.addChildren([
  overview,
  topics,
  topic.addChildren([topicIndex, topicMessages, topicPartitions, topicConfig]),
  message,
  journey,
  produce,
  csvImport,
  csvJob,
  consume,
  broker,
  timeline,
  log,
  settings,
  states,
])

export const router = createRouter({
  routeTree,
  basepath: '/console',
  defaultPreload: 'intent',
  scrollRestoration: true,
  // The page scrolls within its frame.
  scrollToTopSelectors: ['#content'],
  defaultErrorComponent: CrashedPage,
  trailingSlash: 'never',
  parseSearch: parseSearchWith(readSearchValue),
  stringifySearch: stringifySearchWith(JSON.stringify, readSearchValue),
})

/**
 * All that is loaded later into memory once the first page stands: the broker that served it may be gone by the next click,
 * and no other origin may give it scripts.
 */
export function keepPages(): void {
  const keep = () => {
    keepParts()
    keepImportWorker()
  }
  if (document.readyState === 'complete') setTimeout(keep, 500)
  else addEventListener('load', () => setTimeout(keep, 500), { once: true })
}

/**
 * People who navigate by ear land on the new page's heading, as after loading a page. What they pressed may be on the new page too,
 * as a tab, or the button that goes on to the next message: it keeps the focus.
 */
router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
  if (fromLocation === undefined || !pathChanged) return
  if (document.querySelector('main')?.contains(document.activeElement)) return
  document.querySelector('h1')?.focus({ preventScroll: true })
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
