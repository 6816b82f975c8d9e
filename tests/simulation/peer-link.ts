import type { Message } from '../../apps/broker/src/replication/core/messages.ts'
import { isForSecond } from './second-process.ts'
import type { BrokerEnvironment } from './simulated-broker.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** What brokers say to each other, over the simulated network. A request that finds nobody listening is refused at once. */
export function sendToPeer(
  environment: BrokerEnvironment,
  sender: { readonly brokerId: string; readonly process: SimulatedProcess },
  to: string,
  message: Message,
): void {
  const { network, peer } = environment
  const { brokerId: from, process } = sender
  const deliver = () => {
    if (isForSecond(message)) return
    const target = peer(to)
    if (target.port !== undefined) {
      target.process.enter(() => target.receive(message))
      return
    }
    if (message.type !== 'promise-request' && message.type !== 'fetch-request') return
    const { requestId } = message
    const refused = () => process.enter(() => peer(from).unreachable(to, requestId))
    network.send({ from: to, to: from, label: 'refused', isAnswer: true, mayRepeat: false, deliver: refused })
  }
  network.send({ from, to, label: message.type, isAnswer: isAnswer(message), mayRepeat: true, deliver })
}

function isAnswer(message: Message): boolean {
  if (message.type === 'refused') return message.requestId !== null
  return message.type === 'promise-response' || message.type === 'fetch-response'
}
