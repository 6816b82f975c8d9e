import fastifyMultipart from '@fastify/multipart'
import { LIMITS, YakError } from '@yak/protocol'
import {
  leaderResponseSchema,
  pageTopicsResponseSchema,
  receiptSchema,
  sendBatchRequestSchema,
  sendBatchResponseSchema,
  sendRequestSchema,
  uploadResponseSchema,
} from '@yak/protocol/schemas'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { BrokerServices } from '../../broker-services.ts'
import { type RowToSend, recordsOf, rowOfFile, rowOfJson, sendRows } from '../../pages/send-batch.ts'
import type { Upload } from '../../pages/uploads.ts'
import { NamedTopic } from '../../records/named-topic.ts'
import { BodySilence } from '../body-silence.ts'
import { assertAllowedOrigin } from '../origins.ts'
import { encodedBody, isEncoded, notAForm } from '../plugins/body-parsers.ts'
import { waitEndOf } from '../wait-end.ts'
import { problemResponses } from './problem-responses.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** The field of a form that holds a file, for the OpenAPI document. */
    'x-upload'?: string
  }
}

const tags = ['pages']

/** What the producer page speaks: /api/leader, /api/topics, /api/send, /api/upload and /api/send_batch. */
export async function addProducerPageRoutes(plainApp: FastifyInstance, services: BrokerServices): Promise<void> {
  const app = plainApp.withTypeProvider<ZodTypeProvider>()
  const { gate, clock, config } = services
  const { maxRecordBytes, maxBatchBytes, ackTimeoutMs } = config
  const options = { gate, clock, maxRecordBytes, maxBatchBytes, ackTimeoutMs }

  app.get(
    '/api/leader',
    { schema: { tags, summary: 'Who leads', response: { 200: leaderResponseSchema, ...problemResponses } } },
    async () => services.cluster.leaderResponse(),
  )

  app.get(
    '/api/topics',
    {
      schema: {
        tags,
        summary: 'Topics and their partition counts',
        response: { 200: pageTopicsResponseSchema, ...problemResponses },
      },
    },
    async () => ({
      topics: services.topics.list().map(({ name, partitionCount }) => ({ name, partitions: partitionCount })),
    }),
  )

  app.post(
    '/api/send',
    {
      config: { leader: true, writes: true },
      schema: {
        tags,
        summary: 'Send one message',
        body: sendRequestSchema,
        response: { 200: receiptSchema, ...problemResponses },
      },
    },
    async ({ body }) => {
      const topic = new NamedTopic(services.topics, body.topic, options)
      const [fate] = await topic.produce([{ key: body.key, value: body.value }])
      if (fate === undefined) throw new YakError('INTERNAL', 'The record has no fate.')
      if ('error' in fate) throw fate.error
      return { topic: body.topic, ...fate }
    },
  )

  app.post(
    '/api/send_batch',
    {
      config: { leader: true, writes: true },
      schema: {
        tags,
        summary: 'Send the rows of an upload, or rows',
        description:
          'Each row is one message. Rows are sent in their order; one that cannot be sent leaves the others alone. ' +
          '`sent`, `failed` and `unknown` together are all rows.',
        body: sendBatchRequestSchema,
        response: { 200: sendBatchResponseSchema, ...problemResponses },
      },
    },
    async (request) => {
      const { body } = request
      const topic = new NamedTopic(services.topics, body.topic, options)
      const rows =
        'uploadId' in body
          ? fileRows(services.uploads.rows(body.uploadId, body.keyField), topic)
          : await jsonRows(body.rows, body.keyField, topic)
      let isOver = false
      const stopListening = waitEndOf(request, services).onEnd(() => {
        isOver = true
      })
      try {
        return await sendRows({
          rows,
          send: (records) => topic.produce(records),
          isOver: () => isOver,
          maxInFlightBytes: config.maxInFlightBytes,
          isGone: () => request.exchange.isEnded,
          onRowError: (error) => request.exchange.notePartError(error),
        })
      } finally {
        stopListening()
      }
    },
  )

  // A scope of its own: only here a multipart body is understood.
  await app.register(async (scope) => {
    await scope.register(fastifyMultipart, { limits: { files: 1, fields: 8, fileSize: LIMITS.maxUploadBytes } })
    scope.post(
      '/api/upload',
      {
        config: { upload: true, leader: true },
        schema: {
          tags,
          summary: 'Upload a CSV file to send with /api/send_batch',
          description: `Multipart with one field \`file\`. The first line names the columns. At most ${LIMITS.maxUploadBytes} bytes; kept for ${LIMITS.uploadExpiryMs / 60_000} minutes after its last use.`,
          consumes: ['multipart/form-data'],
          response: { 200: uploadResponseSchema, ...problemResponses },
          'x-upload': 'file',
        },
      },
      async (request, reply) => {
        const { id, columns, rowCount, badRowCount, preview, errors, warnings } = await receivedUpload(
          request,
          services,
        )
        if (request.connection.isClosing) reply.header('connection', 'close')
        return { uploadId: id, columns, rowCount, badRowCount, preview, errors: [...errors], warnings: [...warnings] }
      },
    )
  })
}

async function receivedUpload(request: FastifyRequest, services: BrokerServices) {
  const { uploads, config } = services
  const silence = new BodySilence(request.raw, config.requestTimeoutMs)
  let upload: Upload | undefined
  try {
    // A form is the one body that a browser sends for any page without asking the broker.
    assertAllowedOrigin(request.headers, services.members(), 'upload files to this broker')
    if (isEncoded(request)) throw encodedBody(request)
    const parts = request.parts()
    for (;;) {
      const { value: part, done } = await unlessAborted(parts.next(), silence.signal)
      if (done === true) break
      if (part.type === 'field' && part.fieldname === 'file') throw textForFile()
      if (part.type === 'field') continue
      if (part.fieldname !== 'file') {
        part.file.resume()
        throw noFile()
      }
      const name = part.filename === '' ? 'the file' : part.filename.slice(-maxNameLength)
      upload = await uploads.receive(name, part.file, silence.signal)
    }
    if (upload === undefined) throw noFile()
    return upload
  } catch (error) {
    // What is left of the form is read and dropped: the next request of the connection stands behind it.
    request.raw.unpipe()
    request.raw.resume()
    if (upload !== undefined) await uploads.remove(upload.id)
    if (!silence.signal.aborted) throw uploadError(error)
    // The rest of the connection is this body.
    request.connection.closeWhenAnswered()
    throw new YakError(
      'BODY_INCOMPLETE',
      `No byte of the upload came for ${config.requestTimeoutMs} ms. Send it again, and without a pause.`,
    )
  } finally {
    silence.stop()
  }
}

/** Of a file's name, in messages. */
const maxNameLength = 100

function noFile(): YakError {
  return new YakError('INVALID_REQUEST', 'The upload has no field "file". Send the CSV as the field "file".')
}

function textForFile(): YakError {
  return new YakError(
    'INVALID_REQUEST',
    'The field "file" is text and no file: it has no file name. Send a file, as curl -F file=@rows.csv does.',
  )
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([promise, aborted])
}

/** What the multipart reader calls things, by what they mean here. */
function uploadError(error: unknown): unknown {
  if (YakError.is(error)) return error
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'FST_REQ_FILE_TOO_LARGE':
      return new YakError('BODY_TOO_LARGE', `The file has more than ${LIMITS.maxUploadBytes} bytes. Split it.`, {
        details: { maxUploadBytes: LIMITS.maxUploadBytes },
      })
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return notAForm()
    case 'FST_FILES_LIMIT':
      return new YakError('INVALID_REQUEST', 'The upload has more than one file. Send one at a time.')
    case 'FST_PARTS_LIMIT':
    case 'FST_FIELDS_LIMIT':
      return new YakError('INVALID_REQUEST', 'The form has too many fields. Send the field "file" alone.')
    case 'FST_PROTO_VIOLATION':
      return new YakError(
        'INVALID_REQUEST',
        'A field of the form has a name that is not possible. Send the field "file" alone.',
      )
    case 'FST_INVALID_JSON_FIELD_ERROR':
      return new YakError(
        'INVALID_REQUEST',
        'A field of the form is not the JSON that it says. Send the field "file" alone.',
      )
    case 'ENOSPC':
      return new YakError('DISK_FULL', 'The disk has no room for the upload. Free some space and send it again.')
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'ECONNRESET':
      return new YakError('BODY_INCOMPLETE', 'The upload ended before its last byte. Send it whole.')
    default:
      if (/needle/i.test(message ?? '')) {
        return new YakError('INVALID_REQUEST', 'The boundary of the form is too long. Use at most 70 characters.')
      }
      if (/boundary not found/i.test(message ?? '')) {
        return new YakError(
          'INVALID_REQUEST',
          'The content type names no boundary of the form. Let the client that makes the form set it, as curl -F does.',
        )
      }
      return /end of (form|multipart)|Malformed|Boundary/i.test(message ?? '')
        ? new YakError('BODY_INCOMPLETE', `The form is not whole: ${message}. Send it again.`, { cause: error })
        : error
  }
}

/** An upload that is gone, or has no such key, is told as that and makes no topic; why there can be no topic is not told row by row. */
async function* fileRows(
  batches: ReturnType<BrokerServices['uploads']['rows']>,
  topic: NamedTopic,
): AsyncGenerator<RowToSend[]> {
  for await (const batch of batches) {
    const rows = batch.map(rowOfFile)
    if (rows.length > 0) await topic.open(recordsOf(rows))
    yield rows
  }
}

async function jsonRows(
  values: readonly Readonly<Record<string, unknown>>[],
  keyField: string | undefined,
  topic: NamedTopic,
): Promise<RowToSend[][]> {
  const rows = values.map((value) => rowOfJson(value, keyField))
  await topic.open(recordsOf(rows))
  return [rows]
}
