import { getRouteApi, Link, Outlet } from '@tanstack/react-router'
import { Page } from '../../ui/page.tsx'
import { activeTabClass, tabClass, tabListClass } from '../../ui/tabs.tsx'

const route = getRouteApi('/topics/$topic')

/** A topic's heading and tabs; each tab is a page of its own below. */
export function TopicPage() {
  const { topic } = route.useParams()
  const tab = { params: { topic }, className: tabClass, activeProps: { className: activeTabClass } }
  return (
    <Page title={<span className="font-mono">{topic}</span>} documentTitle={topic}>
      <nav aria-label="Topic" className={tabListClass}>
        <Link to="/topics/$topic/messages" {...tab}>
          Messages
        </Link>
        <Link to="/topics/$topic/partitions" {...tab}>
          Partitions
        </Link>
        <Link to="/topics/$topic/groups" {...tab}>
          Groups
        </Link>
        <Link to="/topics/$topic/config" {...tab}>
          Config
        </Link>
      </nav>
      <Outlet />
    </Page>
  )
}
