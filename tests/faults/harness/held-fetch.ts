import type { FetchRequest } from '../../../apps/broker/src/replication/core/messages.ts'
import {
  decodeReplicaFetchRequest,
  encodeReplicaFetchRequest,
} from '../../../apps/broker/src/replication/core/replica-frames.ts'
import {
  addresseeHeader,
  replicaFrameType,
  replicaPaths,
} from '../../../apps/broker/src/replication/transport/replica-http.ts'
import type { BrokerProcess } from './broker-process.ts'
import type { TcpLink } from './tcp-link.ts'
import { until } from './until.ts'

const headEnd = '\r\n\r\n'

/** The newest fetch of a follower that the link to its leader holds back. */
export async function heldFetch(link: TcpLink): Promise<FetchRequest> {
  return await until('a fetch that is held back', () => link.held('toServer').map(newestFetchIn).find(Boolean))
}

function newestFetchIn(stream: Buffer): FetchRequest | undefined {
  const start = stream.lastIndexOf(`POST ${replicaPaths.fetch} `)
  const bodyStart = stream.indexOf(headEnd, start) + headEnd.length
  if (start < 0 || bodyStart < start) return undefined
  const length = Number(/content-length: (\d+)/i.exec(stream.toString('latin1', start, bodyStart))?.[1])
  const body = stream.subarray(bodyStart, bodyStart + length)
  return body.length === length ? decodeReplicaFetchRequest(body) : undefined
}

/** Has a fetch arrive at its leader; resolves when what it says was taken, or refused, or the leader has given up. */
export async function deliverFetch(leader: BrokerProcess, request: FetchRequest): Promise<void> {
  const answered = new AbortController()
  const delivered = fetch(`${leader.url}${replicaPaths.fetch}`, {
    method: 'POST',
    headers: { 'content-type': replicaFrameType, [addresseeHeader]: leader.id },
    body: Buffer.concat(encodeReplicaFetchRequest({ ...request, maxWaitMs: 0 })),
    signal: answered.signal,
  }).then((response) => response.arrayBuffer())
  let isOver = false
  const over = () => {
    isOver = true
  }
  delivered.then(over, over)
  await until('the fetch is answered', () => isOver || leader.fatal.length > 0)
  answered.abort()
}
