import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { consumeSearch } from '../features/consume/search.ts'
import { csvImportSearch } from '../features/csv-import/search.ts'
import { logSearch } from '../features/log/search.ts'
import { journeySearch, messageSearch, messagesSearch } from '../features/messages/search.ts'
import { overviewSearch } from '../features/overview/search.ts'
import { produceSearch } from '../features/produce/search.ts'
import { timelineSearch } from '../features/timeline/search.ts'
import { configSearch, partitionsSearch, topicsSearch } from '../features/topics/search.ts'
import { CrashedPage } from './crashed-page.tsx'
import { Frame } from './frame/frame.tsx'
import { NotFoundPage } from './not-found-page.tsx'

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
  component: lazyRouteComponent(() => import('../features/overview/overview-page.tsx'), 'OverviewPage'),
})

const topics = createRoute({
  ...under,
  path: '/topics',
  validateSearch: topicsSearch,
  component: lazyRouteComponent(() => import('../features/topics/topics-page.tsx'), 'TopicsPage'),
})

const topic = createRoute({
  ...under,
  path: '/topics/$topic',
  component: lazyRouteComponent(() => import('../features/topics/topic-page.tsx'), 'TopicPage'),
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
  component: lazyRouteComponent(() => import('../features/messages/messages-tab.tsx'), 'MessagesTab'),
})
const topicPartitions = createRoute({
  ...underTopic,
  path: 'partitions',
  validateSearch: partitionsSearch,
  component: lazyRouteComponent(() => import('../features/topics/partitions-tab.tsx'), 'PartitionsTab'),
})
const topicConfig = createRoute({
  ...underTopic,
  path: 'config',
  validateSearch: configSearch,
  component: lazyRouteComponent(() => import('../features/topics/config-tab.tsx'), 'ConfigTab'),
})

const message = createRoute({
  ...under,
  path: '/topics/$topic/$partition/$offset',
  validateSearch: messageSearch,
  component: lazyRouteComponent(() => import('../features/messages/message-page.tsx'), 'MessagePage'),
})

const journey = createRoute({
  ...under,
  path: '/topics/$topic/journey',
  validateSearch: journeySearch,
  component: lazyRouteComponent(() => import('../features/messages/journey-page.tsx'), 'JourneyPage'),
})

const produce = createRoute({
  ...under,
  path: '/produce',
  validateSearch: produceSearch,
  component: lazyRouteComponent(() => import('../features/produce/produce-page.tsx'), 'ProducePage'),
})
const csvImport = createRoute({
  ...under,
  path: '/produce/csv',
  validateSearch: csvImportSearch,
  component: lazyRouteComponent(() => import('../features/csv-import/csv-import-page.tsx'), 'CsvImportPage'),
})
const csvJob = createRoute({
  ...under,
  path: '/produce/csv/$jobId',
  component: lazyRouteComponent(() => import('../features/csv-import/csv-import-page.tsx'), 'CsvImportPage'),
})

const consume = createRoute({
  ...under,
  path: '/consume',
  validateSearch: consumeSearch,
  component: lazyRouteComponent(() => import('../features/consume/consume-page.tsx'), 'ConsumePage'),
})

const broker = createRoute({
  ...under,
  path: '/brokers/$id',
  component: lazyRouteComponent(() => import('../features/broker/broker-page.tsx'), 'BrokerPage'),
})
const timeline = createRoute({
  ...under,
  path: '/timeline',
  validateSearch: timelineSearch,
  component: lazyRouteComponent(() => import('../features/timeline/timeline-page.tsx'), 'TimelinePage'),
})
const log = createRoute({
  ...under,
  path: '/log',
  validateSearch: logSearch,
  component: lazyRouteComponent(() => import('../features/log/log-page.tsx'), 'LogPage'),
})
const settings = createRoute({
  ...under,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/settings-page.tsx'), 'SettingsPage'),
})
const states = createRoute({
  ...under,
  path: '/__states',
  component: lazyRouteComponent(() => import('./states-page.tsx'), 'StatesPage'),
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
})

/**
 * Every page into memory once the first one stands: the broker that served this page may be gone by the next click, and no
 * other origin may give it scripts. A page that cannot be had now is asked for again when somebody opens it.
 */
export function keepPages(): void {
  const load = () => {
    for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route)?.catch(() => {})
    // What pages load only when it is looked at.
    for (const part of [import('../ui/chart-canvas.tsx'), import('./frame/palette-list.tsx')]) part.catch(() => {})
  }
  if (document.readyState === 'complete') setTimeout(load, 500)
  else addEventListener('load', () => setTimeout(load, 500), { once: true })
}

/** People who navigate by ear land on the new page's heading, as after loading a page. */
router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
  if (fromLocation !== undefined && pathChanged) document.querySelector('h1')?.focus({ preventScroll: true })
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
