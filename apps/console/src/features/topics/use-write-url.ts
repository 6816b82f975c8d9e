import { useClusterPart, usePeers } from '../../data/hooks.ts'
import { writeUrl } from '../../lib/write-url.ts'

/** Options that send a write the way to the leader that a browser can go. */
export function useWriteUrl(): { readonly brokerUrl?: string } {
  const peers = usePeers()
  const leaderUrl = useClusterPart((cluster) => cluster?.cluster.leader?.url ?? null)
  const brokerUrl = writeUrl(peers, leaderUrl)
  return brokerUrl === undefined ? {} : { brokerUrl }
}
