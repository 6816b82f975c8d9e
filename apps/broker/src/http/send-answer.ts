import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** JSON that is text already. */
export function sendJsonText(request: FastifyRequest, reply: FastifyReply, text: string, timeoutMs: number): void {
  sendChunks(request, reply, 'application/json; charset=utf-8', [Buffer.from(text)], timeoutMs)
}

/**
 * Writes an answer's chunks to the socket as they are, in one vectored write, past Fastify's serialisation. Does nothing
 * when the client is gone.
 */
export function sendChunks(
  request: FastifyRequest,
  reply: FastifyReply,
  contentType: string,
  chunks: readonly Uint8Array[],
  timeoutMs: number,
): void {
  reply.hijack()
  const { exchange } = request
  if (exchange.isEnded) return
  let sizeBytes = 0
  for (const chunk of chunks) sizeBytes += chunk.length
  const response = reply.raw
  response.writeHead(200, {
    // What hooks have set: without the CORS headers a browser would keep the answer from its page.
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': contentType,
    'content-length': sizeBytes,
    'x-request-id': request.id,
  })
  response.cork()
  for (const chunk of chunks) response.write(chunk)
  response.end()
  response.uncork()
  // A client that reads a byte now and then would hold the answer's memory for ever.
  const timer = setTimeout(() => request.raw.socket.destroy(), timeoutMs)
  timer.unref()
  exchange.onEnd(() => clearTimeout(timer))
}
