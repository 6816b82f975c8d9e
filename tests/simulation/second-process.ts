import type { FetchRequest, Message } from '../../apps/broker/src/replication/core/messages.ts'
import type { Network } from './network.ts'
import type { SimulatedBroker } from './simulated-broker.ts'

/** Far above those of the first: whoever carries the answers knows by their numbers whose they are. */
const firstRequestId = 1_000_000_000

/** What a process on an empty disk says under the id of a broker that runs: the requests of that one, from nothing on. What it is answered is lost on it. */
export class SecondProcess {
  readonly #network: Network
  readonly #leader: SimulatedBroker
  readonly #like: FetchRequest
  #lastRequestId = firstRequestId

  constructor(network: Network, leader: SimulatedBroker, like: FetchRequest) {
    this.#network = network
    this.#leader = leader
    this.#like = like
  }

  fetch(): void {
    const { brokerId } = this.#like.from
    const message: FetchRequest = {
      ...this.#like,
      from: { brokerId, diskId: `${brokerId}-second-disk`, incarnation: '1.second' },
      requestId: ++this.#lastRequestId,
      continues: 0,
      positions: this.#like.positions.map(({ key }) => ({
        key,
        endOffset: 0,
        lastEpoch: -1,
        enteredEpoch: 0,
        highWatermark: 0,
      })),
    }
    const deliver = () => this.#leader.process.enter(() => this.#leader.receive(message))
    this.#network.send({ from: brokerId, to: this.#leader.id, label: message.type, mayRepeat: true, deliver })
  }
}

/** The answer to what a second process asked: it comes back on its connection, and not to the first. */
export function isForSecond(message: Message): boolean {
  const isAnswer = message.type === 'fetch-response' || message.type === 'refused'
  return isAnswer && message.requestId !== null && message.requestId > firstRequestId
}
