import { orderPeers } from '../../lib/peers.ts'
import { type ConsoleData, useConsoleData } from '../console-data.tsx'
import { preferences } from '../preferences.ts'
import type { ProduceTarget } from './produce-target.ts'

const targets = new WeakMap<ConsoleData, ProduceTarget>()

/** One for the page, so that all its writes learn of a new leader together. */
export function useProduceTarget(): ProduceTarget {
  const data = useConsoleData()
  const known = targets.get(data)
  if (known !== undefined) return known
  const target: ProduceTarget = {
    peers: () => {
      const { peers, current } = data.peers.store.get()
      return orderPeers(peers, current)
    },
    token: () => preferences.get().token,
    leaderUrl: null,
  }
  targets.set(data, target)
  return target
}
