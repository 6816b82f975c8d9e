import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrokerSettings, startBroker } from '@yak/broker'
import { afterAll, beforeAll } from 'vitest'

/** Limits small enough for tests to reach, on the broker that the suite starts itself. */
const settings: BrokerSettings = {
  port: 0,
  logLevel: 'silent',
  minFreeDiskBytes: 0,
  maxRecordBytes: 65_536,
  maxBatchBytes: 262_144,
  maxRequestBytes: 1_048_576,
  headersTimeoutMs: 600,
  requestTimeoutMs: 1_200,
}

/** A broker to hold against the protocol. */
export interface Target {
  /** Base URL. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** False for a broker somewhere else, whose limits and process are not ours to know. */
  readonly isOwn: boolean
}

/**
 * The broker that this file's tests speak to: the one at YAK_CONFORMANCE_URL, or one started in this process. Nothing here
 * reaches into it: only its address is used.
 */
export function useTarget(): Target {
  const given = process.env.YAK_CONFORMANCE_URL
  const target = { url: given ?? '', host: '', port: 0, isOwn: given === undefined }
  let stop: (() => Promise<void>) | undefined
  beforeAll(async () => {
    if (given === undefined) {
      const dataDir = await mkdtemp(join(tmpdir(), 'yak-conformance-'))
      const broker = await startBroker({ ...settings, dataDir })
      target.url = broker.url
      stop = async () => {
        await broker.close()
        await rm(dataDir, { recursive: true, force: true })
      }
    }
    const { hostname, port } = new URL(target.url)
    target.host = hostname
    target.port = Number(port)
  })
  afterAll(async () => await stop?.())
  return target
}

let topicCount = 0

/** A name that no other test uses, at this broker or a former run's. */
export function newTopicName(): string {
  topicCount++
  return `conformance-${process.pid}-${Date.now().toString(36)}-${topicCount}`
}
