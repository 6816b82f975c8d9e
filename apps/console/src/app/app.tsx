import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ApiError } from '../data/api/api-error.ts'
import { type ConsoleData, ConsoleDataProvider } from '../data/console-data.tsx'
import { useBrokerIds, usePreference } from '../data/hooks.ts'
import { UiProvider } from '../ui/ui-provider.tsx'
import { router } from './router.tsx'

const queries = new QueryClient({
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

export function App({ data }: { data: ConsoleData }) {
  return (
    <ConsoleDataProvider data={data}>
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
