import { YakError } from '@yak/protocol'
import type { FastifyInstance } from 'fastify'
import type { AnswerBudget } from '../../answer-budget.ts'

/** Smaller answers are not counted: of each connection Node holds few. */
const smallestCountedBytes = 16_384

/**
 * Counts large answers until their clients have them, and refuses to read out what there is no room for. What was done by
 * a request is told all the same: a refusal would say that it was not. Answers that are written past Fastify count themselves.
 */
export function addHeldAnswers(app: FastifyInstance, answers: AnswerBudget, timeoutMs: number): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length < smallestCountedBytes || request.exchange.isEnded) {
      done(null, payload)
      return
    }
    const sizeBytes = Buffer.byteLength(payload)
    if (!answers.tryHold(sizeBytes)) {
      if (request.method === 'GET' && reply.statusCode < 400) {
        done(
          new YakError(
            'OVERLOADED',
            `Clients have not taken ${answers.usedBytes} bytes of the answers they asked for. Try again in a moment.`,
          ),
        )
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
