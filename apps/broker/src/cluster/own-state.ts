import { YakError } from '@yak/protocol'
import type { DiskSpace } from '../disk-space.ts'
import { messageOf } from '../message-of.ts'
import type { BrokerReplication } from '../replication/broker-replication.ts'
import { metadataKey } from '../replication/core/state.ts'
import type { Topics } from '../topics/topics.ts'
import type { OwnState } from './cluster-view.ts'
import type { SettingsCheck } from './settings-check.ts'

export interface OwnParts {
  readonly isStopping: boolean
  /** Its logs are open, and peers hear of it. */
  readonly isTakingPart: boolean
  readonly disk: DiskSpace
  readonly topics: Topics
  readonly settings: SettingsCheck
  readonly replication: BrokerReplication | undefined
}

/** What the parts of a broker say keeps it from serving, and what else is not as it should be. */
export function ownStateOf({ isStopping, isTakingPart, disk, topics, settings, replication }: OwnParts): OwnState {
  const obstacles: string[] = []
  if (isStopping) obstacles.push('The broker is stopping.')
  else if (!isTakingPart) obstacles.push('The broker is opening its logs.')
  if (disk.isFull) obstacles.push(`The disk has ${disk.freeBytes} bytes free, too few to take new records.`)
  const { failure } = topics
  if (failure !== undefined) obstacles.push(`The topic list cannot be followed: ${messageOf(failure)}`)
  const metadataFailure = replication?.driver.log(metadataKey)?.failure
  if (metadataFailure !== undefined) obstacles.push(`__metadata is not served: ${metadataFailure.message}`)
  obstacles.push(...failedPartitions(topics), ...(replication?.obstacles() ?? []))
  const remarks = [...settings.remarks(), ...(replication?.remarks() ?? [])]
  return { obstacles, remarks, misaddressed: replication?.misaddressed }
}

function failedPartitions(topics: Topics): string[] {
  const reasons: string[] = []
  for (const topic of topics.list()) {
    for (const [partition, state] of topic.partitionStates().entries()) {
      const error = YakError.is(state) ? state : state.failure
      if (error !== undefined) reasons.push(`${topic.name}-${partition} is not served: ${error.message}`)
    }
  }
  return reasons
}
