import type { ErrorCode } from '@yak/protocol'
import type { DeletedEnd } from '../../../apps/broker/src/replication/partition.ts'
import type { ChooseStart } from '../log-start-keeper.ts'

/** Who leads, as far as the one who answers knows. */
export interface LeaderHint {
  readonly brokerId: string
  readonly epoch: number
}

/** What became of one attempt to produce, as `/v1/produce` would say it. */
export type ProduceAnswer =
  /** `baseOffset` null: written before, at an offset that is no longer remembered. */
  | { readonly outcome: 'done'; readonly baseOffset: number | null; readonly epoch: number }
  | { readonly outcome: 'not-written'; readonly code: ErrorCode; readonly leader: LeaderHint | undefined }
  | { readonly outcome: 'unknown'; readonly code: ErrorCode }

export type FetchAnswer =
  | {
      readonly type: 'ok'
      readonly epoch: number
      /** Whole batches, the first of which may begin below the offset asked for. */
      readonly batches: Uint8Array
      readonly highWatermark: number
      readonly logStartOffset: number
    }
  | {
      readonly type: 'error'
      readonly code: ErrorCode
      readonly leader: LeaderHint | undefined
      /** Of an offset that is not there any more. */
      readonly logStartOffset?: number
    }

/** What became of a request that a log begin later. */
export type LogStartAnswer =
  | { readonly type: 'ok'; readonly logStartOffset: number }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly leader: LeaderHint | undefined }

/** One running broker as its clients have it: what HTTP would reach, without the HTTP. */
export interface BrokerPort {
  produce(partition: string, batch: Uint8Array): Promise<ProduceAnswer>
  /** Waits for something to read as long as `maxWaitMs`. */
  fetch(partition: string, offset: number, leaderEpoch: number, maxWaitMs: number): Promise<FetchAnswer>
  /** Has all that is committed deleted, by a record of the topic list that the client gives the bytes of. */
  deleteRecords(partition: string, batchOf: (deletedEnd: DeletedEnd) => Uint8Array): Promise<ProduceAnswer>
  /** Has it let go of what lies below the chosen offset, all of it committed. */
  letGo(partition: string, choose: ChooseStart): Promise<LogStartAnswer>
}
