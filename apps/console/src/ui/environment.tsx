import { createContext, type ReactNode, useContext } from 'react'
import type { Zone } from '../lib/format.ts'

/** What components show everywhere alike and should not be handed down: the order of brokers, the time zone. */
interface Environment {
  readonly brokerIds: readonly string[]
  readonly zone: Zone
}

const Context = createContext<Environment>({ brokerIds: [], zone: 'utc' })

export function EnvironmentProvider({ children, ...value }: Environment & { children: ReactNode }) {
  return <Context value={value}>{children}</Context>
}

export const useBrokerOrder = (): readonly string[] => useContext(Context).brokerIds
export const useZone = (): Zone => useContext(Context).zone
