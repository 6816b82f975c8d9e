import { LIMITS, YakError } from '@yak/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AnswerBudget } from '../../answer-budget.ts'
import { ByteBudget } from '../../byte-budget.ts'
import { Turns } from '../turns.ts'

/** Smaller answers are not counted: of each connection Node holds few. */
const smallestCountedBytes = 16_384

/** URLs whose size is known; one that is forgotten is made before it is refused. */
const maxKnownUrls = 256

/** Of what brokers ask each other: clients that take nothing must not keep them from knowing of each other. */
const maxPeerBytes = 4 * LIMITS.maxPeerAnswerBytes

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Which answers were large, the last time that they were asked for. */
class LargeAnswers {
  readonly #routes = new Set<string>()
  readonly #sizeBytesByUrl = new Map<string, number>()

  isRoute({ routeOptions: { url } }: FastifyRequest): boolean {
    return url !== undefined && this.#routes.has(url)
  }

  /** 0 when it is not known. */
  sizeBytesOf({ url }: FastifyRequest): number {
    return this.#sizeBytesByUrl.get(url) ?? 0
  }

  note({ url, routeOptions }: FastifyRequest, sizeBytes: number): void {
    if (routeOptions.url === undefined) return
    this.#routes.add(routeOptions.url)
    this.#sizeBytesByUrl.delete(url)
    this.#sizeBytesByUrl.set(url, sizeBytes)
    if (this.#sizeBytesByUrl.size > maxKnownUrls) {
      this.#sizeBytesByUrl.delete(this.#sizeBytesByUrl.keys().next().value!)
    }
  }
}

/**
 * Counts large answers until their clients have them, and refuses to read out what there is no room for. What was done by
 * a request is told all the same: a refusal would say that it was not. Answers that are written past Fastify count themselves.
 */
export function addHeldAnswers(app: FastifyInstance, clients: AnswerBudget, timeoutMs: number): void {
  const noRoom = (answers: AnswerBudget) =>
    new YakError(
      'OVERLOADED',
      `Clients have not taken ${answers.usedBytes} bytes of the answers they asked for. Try again in a moment.`,
    )
  const large = new LargeAnswers()
  const ofClients = { answers: clients, turns: new Turns() }
  const ofPeers = { answers: new AnswerBudget(new ByteBudget(maxPeerBytes)), turns: new Turns() }
  const sideOf = ({ routeOptions: { config } }: FastifyRequest) => (config?.peerAnswer === true ? ofPeers : ofClients)
  // To make a large answer takes milliseconds: thousands that are asked for at once must not keep everybody else waiting.
  app.addHook('preHandler', (request, reply, done) => {
    if (!isRead(request) || !large.isRoute(request)) {
      done()
      return
    }
    const { answers, turns } = sideOf(request)
    turns.take(() => {
      if (request.exchange.isEnded) reply.hijack()
      else if (answers.hasRoomFor(large.sizeBytesOf(request))) done()
      else done(noRoom(answers))
    })
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length < smallestCountedBytes || request.exchange.isEnded) {
      done(null, payload)
      return
    }
    const sizeBytes = Buffer.byteLength(payload)
    const { answers } = sideOf(request)
    if (isRead(request)) large.note(request, sizeBytes)
    if (!answers.tryHold(sizeBytes)) {
      if (request.method === 'GET' && reply.statusCode < 400) {
        done(noRoom(answers))
        return
      }
      answers.hold(sizeBytes)
    }
    // A client that reads a byte now and then would hold the memory for ever.
    const timer = setTimeout(() => request.raw.socket.destroy(), timeoutMs)
    timer.unref()
    request.exchange.onEnd(() => {
      clearTimeout(timer)
      answers.letGo(sizeBytes)
    })
    done(null, payload)
  })
}
