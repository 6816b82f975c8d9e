import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '@yak/broker'

const pauseMs = 50
const patienceMs = 30_000

/**
 * Posts JSON to the leader, and again while it answers 503: a cluster that was just started has a leader before its followers
 * are in sync, and a write may have to wait for them.
 */
export async function askLeader(cluster: Cluster, path: string, body: string): Promise<void> {
  const end = performance.now() + patienceMs
  for (let asked = 1; ; asked++) {
    const { url } = await cluster.leader()
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = await answer.text()
    // A topic that could not be confirmed in time may be there all the same.
    if (answer.ok || (answer.status === 409 && asked > 1)) return
    if (answer.status !== 503 || performance.now() > end) throw new Error(`${path} answered ${answer.status}: ${text}`)
    await delay(pauseMs)
  }
}
