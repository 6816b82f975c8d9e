import type { Network } from '../network.ts'
import type { Random } from '../random.ts'
import type { SimulatedProcess } from '../simulated-process.ts'
import type { BrokerPort, LeaderHint, ProduceAnswer } from './broker-port.ts'

/** Finds a broker's port where it runs at the moment; undefined: nothing listens there. */
export type FindBroker = (brokerId: string) => { process: SimulatedProcess; port: BrokerPort } | undefined

export interface ClientProcessOptions {
  readonly name: string
  readonly process: SimulatedProcess
  readonly network: Network
  readonly random: Random
  readonly brokerIds: readonly string[]
  readonly findBroker: FindBroker
  readonly requestTimeoutMs: number
}

/**
 * How a call ended: an answer, nothing sent, or silence. `isDoubled`: it was sent again on another connection, as whoever
 * does that knows; one answer then says nothing of what becomes of the other copy.
 */
export type CallEnd<Answer> = ({ type: 'answer'; answer: Answer } | { type: 'refused' } | { type: 'timeout' }) & {
  readonly isDoubled?: boolean
}

/**
 * What producer and reader share: a process of their own, calls over the network, and the leader as they believe it,
 * fenced by epoch so that a stale hint never wins.
 */
export class ClientProcess {
  readonly name: string
  readonly process: SimulatedProcess
  readonly random: Random
  readonly #options: ClientProcessOptions
  #leader: LeaderHint | undefined
  #highestEpoch = 0

  constructor(options: ClientProcessOptions) {
    this.name = options.name
    this.process = options.process
    this.random = options.random
    this.#options = options
  }

  /** Where to ask next: the leader it believes in, or anybody. */
  target(): string {
    return this.#leader?.brokerId ?? this.anybody()
  }

  anybody(): string {
    return this.random.pick(this.#options.brokerIds)
  }

  /** `from` said who leads; an older epoch than one seen is not believed. */
  heard(hint: LeaderHint | undefined): void {
    if (hint === undefined || hint.epoch < this.#highestEpoch) return
    this.#highestEpoch = hint.epoch
    this.#leader = hint
  }

  /** `brokerId` did not serve: ask somebody else next, unless another leader is known by now. */
  distrust(brokerId: string): void {
    if (this.#leader?.brokerId === brokerId) this.#leader = undefined
  }

  call<Answer>(
    brokerId: string,
    label: string,
    options: { mayRepeat: boolean; ask: (port: BrokerPort) => Promise<Answer> },
  ): Promise<CallEnd<Answer>> {
    const { network, findBroker, requestTimeoutMs } = this.#options
    return new Promise((resolve) => {
      const cancelTimeout = this.process.schedule(requestTimeoutMs, () => resolve({ type: 'timeout' }))
      let isDoubled = false
      const back = (end: CallEnd<Answer>) => {
        const deliver = () =>
          this.process.enter(() => {
            cancelTimeout()
            resolve({ ...end, isDoubled })
          })
        network.send({ from: brokerId, to: this.name, label, mayRepeat: false, deliver })
      }
      const deliver = () => {
        const broker = findBroker(brokerId)
        if (broker === undefined) {
          back({ type: 'refused' })
          return
        }
        broker.process.enter(() => {
          options.ask(broker.port).then((answer) => back({ type: 'answer', answer }))
        })
      }
      isDoubled = network.send({ from: this.name, to: brokerId, label, mayRepeat: options.mayRepeat, deliver }) > 1
    })
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.process.schedule(ms, resolve)
    })
  }
}

/** What the end of a produce call says of the batch: a refused connection has sent nothing, silence says nothing. */
export function produceAnswerOf(end: CallEnd<ProduceAnswer>): ProduceAnswer {
  if (end.type === 'answer') return end.answer
  if (end.type === 'refused') return { outcome: 'not-written', code: 'BROKERS_UNREACHABLE', leader: undefined }
  return { outcome: 'unknown', code: 'DELIVERY_TIMEOUT' }
}
