/**
 * HTTP/1.1 answers as a YAK broker gives them, one after another on one connection:
 *
 *     answer = "HTTP/1.1 " status:3digits [" " reason] CRLF *(name ":" value CRLF) CRLF body
 *     body   = content-length bytes; none for 1xx, 204 and 304
 *
 * A chunked body, or one without a length, is what others send: the answer of a stranger is told without it, and is the last
 * one of its connection. That of a broker went through a proxy that changed it, and is refused.
 */
import { answeredByHeader } from './replica-http.ts'

export interface ReplicaAnswer {
  readonly status: number
  readonly contentType: string
  /** Who answered, as it says itself; empty: it does not say, so it is no YAK broker. */
  readonly answeredBy: string
  /** Valid until the listener returns. */
  readonly body: Buffer
  /** Nothing follows it on its connection. */
  readonly isLast: boolean
}

export interface AnswerParserOptions {
  /** Of the answer that comes next. */
  readonly maxBodyBytes: () => number
  readonly onAnswer: (answer: ReplicaAnswer) => void
  readonly onMalformed: (reason: string) => void
}

/** `bodyBytes` null: it does not say. */
type AnswerHead = Omit<ReplicaAnswer, 'body'> & { readonly bodyBytes: number | null }

const headEnd = Buffer.from('\r\n\r\n')
const maxHeadBytes = 16_384
/** A body buffer up to this size is kept for the next answer. */
const maxKeptBytes = 16_777_216
/** Where the peer does not say for how long it keeps an idle connection. */
const defaultKeepAliveMs = 4_000
const nothing = Buffer.alloc(0)

export class AnswerParser {
  readonly #options: AnswerParserOptions
  /** The beginning of a head that has not come whole. */
  #partialHead: Buffer = nothing
  /** The head whose body is on its way. */
  #head: AnswerHead | null = null
  #bodyBytes = 0
  #body: Buffer = nothing
  #receivedBytes = 0
  #keepAliveMs = defaultKeepAliveMs
  #isStopped = false

  constructor(options: AnswerParserOptions) {
    this.#options = options
  }

  /** How long the peer lets the connection be idle, less a margin for what is on its way. */
  get keepAliveMs(): number {
    return this.#keepAliveMs
  }

  /** A part of an answer is here, and the rest is not. */
  get isInAnswer(): boolean {
    return this.#head !== null || this.#partialHead.length > 0
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#isStopped = true
    this.#body = nothing
  }

  /** The bytes are free again when this returns. */
  take(bytes: Buffer): void {
    let position = 0
    while (position < bytes.length && !this.#isStopped) {
      position = this.#head === null ? this.#takeHead(bytes, position) : this.#takeBody(this.#head, bytes, position)
    }
  }

  #takeHead(bytes: Buffer, start: number): number {
    const found = this.#partialHead.length === 0 ? bytes.indexOf(headEnd, start) : -1
    if (found !== -1) {
      this.#beginBody(bytes.toString('latin1', start, found))
      return found + headEnd.length
    }
    const before = this.#partialHead.length
    const joined = Buffer.concat([this.#partialHead, bytes.subarray(start)])
    const end = joined.indexOf(headEnd)
    if (end === -1) {
      this.#partialHead = joined
      const isHttp = 'HTTP/1.'.startsWith(joined.toString('latin1', 0, 7))
      if (!isHttp || joined.length > maxHeadBytes) this.#malformed(joined)
      return bytes.length
    }
    this.#partialHead = nothing
    this.#beginBody(joined.toString('latin1', 0, end))
    return start + end + headEnd.length - before
  }

  #beginBody(text: string): void {
    const lines = text.split('\r\n')
    const status = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(lines[0]!)?.[1]
    if (status === undefined) {
      this.#malformed(Buffer.from(text, 'latin1'))
      return
    }
    const head = this.#headOf(Number(status), lines)
    if (head.status < 200) return
    if (head.bodyBytes === null && head.answeredBy !== '') {
      this.#options.onMalformed('its answer has no content-length: take away the proxy in between')
      return
    }
    const bodyBytes = head.bodyBytes ?? 0
    if (bodyBytes > this.#options.maxBodyBytes()) {
      this.#options.onMalformed(`it answers with ${bodyBytes} bytes`)
    } else if (bodyBytes === 0) {
      this.#answer(head, nothing)
    } else {
      this.#head = head
      this.#bodyBytes = bodyBytes
      this.#receivedBytes = 0
    }
  }

  #headOf(status: number, lines: readonly string[]): AnswerHead {
    let contentType = ''
    let answeredBy = ''
    let bodyBytes: number | null = null
    let isLast = false
    for (let index = 1; index < lines.length; index++) {
      const line = lines[index]!
      const colon = line.indexOf(':')
      const value = line.slice(colon + 1).trim()
      switch (line.slice(0, colon).toLowerCase()) {
        case 'content-type':
          contentType = value
          break
        case 'content-length':
          bodyBytes = /^\d{1,15}$/.test(value) ? Number(value) : null
          break
        case answeredByHeader:
          answeredBy = value
          break
        case 'connection':
          isLast ||= value.toLowerCase() === 'close'
          break
        case 'keep-alive':
          this.#keepAliveMs = Math.max(0, Number(/timeout=(\d{1,9})/.exec(value)?.[1] ?? 5) * 1_000 - 1_000)
          break
      }
    }
    if (status === 204 || status === 304) bodyBytes = 0
    return { status, contentType, answeredBy, bodyBytes, isLast: isLast || bodyBytes === null }
  }

  #takeBody(head: AnswerHead, bytes: Buffer, start: number): number {
    const bodyBytes = this.#bodyBytes
    const end = Math.min(bytes.length, start + bodyBytes - this.#receivedBytes)
    // All of it is here: it need not be copied.
    if (end - start === bodyBytes) {
      this.#head = null
      this.#answer(head, bytes.subarray(start, end))
      return end
    }
    if (this.#body.length < bodyBytes) this.#body = Buffer.allocUnsafeSlow(bodyBytes)
    bytes.copy(this.#body, this.#receivedBytes, start, end)
    this.#receivedBytes += end - start
    if (this.#receivedBytes === bodyBytes) {
      this.#head = null
      const body = this.#body
      this.#answer(head, body.subarray(0, bodyBytes))
      if (body.length > maxKeptBytes) this.#body = nothing
    }
    return end
  }

  #answer({ status, contentType, answeredBy, isLast }: AnswerHead, body: Buffer): void {
    this.#options.onAnswer({ status, contentType, answeredBy, isLast, body })
  }

  #malformed(bytes: Buffer): void {
    const beginning = JSON.stringify(bytes.toString('latin1', 0, 40))
    this.#options.onMalformed(`its answer begins with ${beginning}`)
  }
}
