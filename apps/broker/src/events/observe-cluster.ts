import type { HealthResponse } from '@yak/protocol/schemas'
import type { BrokerEvents } from './broker-events.ts'

/** How long a change that comes without a change of role may go unseen. */
const lookEveryMs = 250

/** A coordinator that has not answered for so long since the start is out of reach; before, it may just be on its way. */
const firstAnswerMs = 2_000

type View = Pick<HealthResponse, 'epoch' | 'leader' | 'isr' | 'coordinator'>

/**
 * Looks who leads, who is in sync and whether the coordinator answers, after every change of role and four times a second, and
 * tells what is different. Who is in sync it looks at with every record of it as well, so that none is missed that lasts a
 * moment. Returns how to stop.
 */
export function observeCluster(look: () => View, events: BrokerEvents): () => void {
  const startMs = performance.now()
  let leaderId: string | null = null
  let isr = ''
  let isConnected: boolean | undefined
  const compare = (): void => {
    const { epoch, leader, coordinator } = look()
    const { connected } = coordinator
    const isTold = isConnected !== undefined || (!connected && performance.now() - startMs >= firstAnswerMs)
    if (isTold && connected !== isConnected) events.emit('coordinator', { connected })
    if (isTold || connected) isConnected = connected
    if (leaderId !== (leader?.id ?? null)) {
      leaderId = leader?.id ?? null
      events.emit('leader-changed', { leaderId, epoch })
    }
    compareIsr()
  }
  const compareIsr = (): void => {
    const { epoch, isr: ids } = look()
    const sorted = [...ids].sort()
    // An empty one is not known at the moment.
    if (sorted.length > 0 && sorted.join() !== isr) {
      isr = sorted.join()
      events.emit('isr-changed', { isr: sorted, epoch })
    }
  }
  // After the step that changed the role: what follows from it is known then.
  const stopListening = events.on('role-changed', () => setImmediate(compare))
  const stopRecords = events.on('isr-recorded', compareIsr)
  const timer = setInterval(compare, lookEveryMs)
  compare()
  return () => {
    stopListening()
    stopRecords()
    clearInterval(timer)
  }
}
