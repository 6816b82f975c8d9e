import type { Log } from '@yak/log'
import { YakError } from '@yak/protocol'
import type { CoreOptions } from './core/options.ts'
import { type Boot, emptyCluster, metadataKey, type PartitionBoot, type PartitionKey } from './core/state.ts'
import type { LoadedFiles } from './driver-files.ts'
import type { DriverHighWatermarks } from './driver-high-watermarks.ts'
import { type DriverLogs, stateOf } from './driver-logs.ts'
import type { DriverOptions, SettingsOf } from './driver-ports.ts'

export interface BootParts {
  readonly options: DriverOptions
  readonly settingsOf: SettingsOf
  readonly logs: DriverLogs
  readonly highWatermarks: DriverHighWatermarks
  readonly loaded: LoadedFiles
}

export interface Booted {
  readonly boot: Boot
  /** Files of partitions that are deleted: a crash came between. */
  readonly leftovers: readonly PartitionKey[]
}

/**
 * Opens the logs of a data folder and says what the core starts from: the topic list first, for it names the topics whose
 * files are only left over. Throws when nothing could be served.
 */
export async function bootFrom(parts: BootParts): Promise<Booted> {
  const { logs, highWatermarks, loaded } = parts
  const { cluster, promise, isr, entered } = loaded
  if (promise !== null) logs.fence(promise.epoch)
  const { metadata, removed } = await bootTopicList(parts)
  const partitions = [metadata]
  const add = async (key: PartitionKey): Promise<void> => {
    const partition = await bootPartition(key, parts)
    if (partition !== null) partitions.push(partition)
  }
  const onDisk = (await logs.list()).filter((key) => key !== metadataKey)
  await Promise.all(onDisk.filter((key) => !removed.includes(key)).map(add))
  for (const { key, log } of partitions) await highWatermarks.lower(key, log.endOffset)
  return {
    boot: { cluster: { ...emptyCluster, ...cluster }, promise, isr, entered, partitions, removed },
    leftovers: onDisk.filter((key) => removed.includes(key)),
  }
}

interface TopicListBoot {
  readonly metadata: PartitionBoot
  readonly removed: readonly PartitionKey[]
}

async function bootTopicList(parts: BootParts): Promise<TopicListBoot> {
  const { options, logs } = parts
  const metadata = await bootPartition(metadataKey, parts)
  const log = logs.get(metadataKey)
  if (metadata === null || log === undefined) throw new TypeError(`The log of ${metadataKey} is not open`)
  try {
    // One that was set aside has nothing left of what was committed.
    const committed = Math.min(metadata.highWatermark, metadata.log.endOffset)
    return { metadata, removed: (await options.readTopics?.(log, committed)) ?? [] }
  } catch (error) {
    // An opening looks at nothing below the recovery point, so decay there is found by whoever reads it first. Now it is set aside too.
    if (log.failure === undefined) throw error
    return await bootTopicList(parts)
  }
}

/** null: a lone broker has nobody to fetch it from, so it is left as it is, and whoever asks for it is told why. */
async function bootPartition(
  key: PartitionKey,
  { options, settingsOf, logs, loaded: { cluster, highWatermarks } }: BootParts,
): Promise<PartitionBoot | null> {
  const highWatermark = highWatermarks.get(key) ?? 0
  const isRecorded = cluster?.faulty.includes(key) ?? false
  let log = await logs.open(key, isRecorded ? 0 : highWatermark)
  let isDamaged = await logs.isSetAside(key)
  if (log.failure !== undefined && options.members.brokerIds.length === 1) {
    options.events?.onNotice?.('error', `The log of ${key} is not served: ${log.failure.message}`)
    // Without the topic list nothing can be served.
    if (key === metadataKey) throw log.failure
    return null
  }
  if (log.failure !== undefined || (isDamaged && !isRecorded)) {
    const reason = log.failure?.message ?? 'it was being set aside'
    options.events?.onNotice?.('error', `The log of ${key} is set aside and fetched again: ${reason}`)
    log = await logs.beginAnew(key)
    isDamaged = true
  }
  if (settingsOf(key).isRelaxed && !isDamaged && !log.recovery.clean) noteRelaxedTail(key, log, options)
  return { key, settings: settingsOf(key), log: stateOf(log), highWatermark, isDamaged }
}

/**
 * Only what the file of the high watermarks still tells of is known to be lost; that the last seconds were is not known, and cannot be told
 * from a process that was killed, which loses nothing.
 */
function noteRelaxedTail(key: PartitionKey, log: Log, { nameOf, events }: DriverOptions): void {
  const { lostOffsets } = log.recovery
  const name = nameOf?.(key) ?? key
  if (lostOffsets > 0) {
    events?.onNotice?.(
      'error',
      `A power cut took records that were acknowledged from ${name}, whose topic is relaxed: its log ends at ${log.logEndOffset}, ` +
        `and up to ${log.logEndOffset + lostOffsets} was committed. Other brokers may still have them.`,
    )
  } else {
    events?.onNotice?.(
      'warn',
      `The log of ${name}, whose topic is relaxed, was not closed cleanly and ends at ${log.logEndOffset}. If the power failed, what was ` +
        'acknowledged in its last flush interval may be gone here.',
    )
  }
  events?.onRelaxedTail?.(key, lostOffsets)
}

/** What an operator allows the core. Throws INVALID_CONFIG when the broker has promised an epoch since the word for unsafe recovery. */
export function operatorsWord(
  options: DriverOptions,
  loaded: LoadedFiles,
): Pick<CoreOptions, 'unsafeRecover' | 'init'> {
  return { unsafeRecover: mayRecoverUnsafely(options, loaded), init: mayInit(options, loaded) }
}

function mayInit({ initDiskId, diskId, events }: DriverOptions, { cluster }: LoadedFiles): boolean {
  if (initDiskId === undefined) return false
  const clusterId = cluster?.clusterId ?? null
  if (clusterId !== null) {
    events?.onNotice?.(
      'info',
      `--init does nothing any more, and may be taken out: this disk belongs to cluster ${clusterId}.`,
    )
  } else if (initDiskId !== diskId) {
    events?.onNotice?.(
      'warn',
      `--init does nothing: it is for the disk ${initDiskId}, and this one is ${diskId}. Take it out.`,
    )
  }
  return clusterId === null && initDiskId === diskId
}

function mayRecoverUnsafely(options: DriverOptions, { promise, entered }: LoadedFiles): boolean {
  const { unsafeRecoverAt, brokerId } = options
  if (unsafeRecoverAt === undefined) return false
  const promised = Math.max(promise?.epoch ?? 0, ...[...entered.values()].map(({ epoch }) => epoch))
  if (unsafeRecoverAt === promised) return true
  throw new YakError(
    'INVALID_CONFIG',
    `Unsafe recovery was confirmed for epoch ${unsafeRecoverAt}, and broker ${brokerId} has promised epoch ${promised}: it has taken ` +
      'part since. Nothing was done. Start it without; should it still not lead, confirm that epoch.',
  )
}
