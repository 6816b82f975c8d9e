import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { type ReactNode, useEffect, useMemo } from 'react'
import { ApiError } from '../data/api/api-error.ts'
import { type ConsoleData, ConsoleDataProvider } from '../data/console-data.tsx'
import { useBrokerIds, usePreference } from '../data/hooks.ts'
import { openedSnapshot } from '../data/snapshot/open-snapshot.ts'
import { useStore } from '../data/store.ts'
import { UiProvider } from '../ui/ui-provider.tsx'
import { router } from './router.tsx'

const newQueries = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 1_000,
        // A refusal stays one; no answer at all is tried again, since the peers change meanwhile.
        retry: (count, error) => count < 2 && error instanceof ApiError && error.retriable,
        // What is shown stays while it is asked anew.
        placeholderData: (before: unknown) => before,
      },
    },
  })

/**
 * The cluster, or the snapshot that is looked at in its place: nobody is asked meanwhile. Nothing of the one is left in the
 * other.
 */
export function App({ data: cluster }: { data: ConsoleData }) {
  const opened = useStore(openedSnapshot)
  const data = opened ?? cluster
  useEffect(() => {
    if (opened === null) return undefined
    cluster.live.stop()
    return () => cluster.live.start()
  }, [opened, cluster])
  const queries = useMemo(newQueries, [data])
  return (
    <ConsoleDataProvider key={data.snapshot === null ? 'cluster' : String(data.snapshot.takenAt)} data={data}>
      <QueryClientProvider client={queries}>
        <Environment>
          <RouterProvider router={router} />
        </Environment>
      </QueryClientProvider>
    </ConsoleDataProvider>
  )
}

function Environment({ children }: { children: ReactNode }) {
  return (
    <UiProvider brokerIds={useBrokerIds()} zone={usePreference('zone')}>
      {children}
    </UiProvider>
  )
}
