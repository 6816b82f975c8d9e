import { CSPProvider } from '@base-ui/react/csp-provider'
import type { ReactNode } from 'react'
import type { Zone } from '../lib/format.ts'
import { BrokerPatterns } from './broker-mark.tsx'
import { EnvironmentProvider } from './environment.tsx'
import { Toasts } from './toast.tsx'
import { TooltipProvider } from './tooltip.tsx'

/** What components need above them; once, around everything. */
export function UiProvider({
  brokerIds,
  zone,
  children,
}: {
  brokerIds: readonly string[]
  zone: Zone
  children: ReactNode
}) {
  return (
    // The content security policy forbids <style> in the page, which Base UI would use to hide scroll bars.
    <CSPProvider disableStyleElements>
      <EnvironmentProvider brokerIds={brokerIds} zone={zone}>
        <TooltipProvider>
          {children}
          <Toasts />
          <BrokerPatterns />
        </TooltipProvider>
      </EnvironmentProvider>
    </CSPProvider>
  )
}
