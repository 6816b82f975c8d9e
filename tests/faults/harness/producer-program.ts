/** The program of `ClientProcess`: sends until it is killed. An invocation is written down before it is sent. */
import { writeSync } from 'node:fs'
import { YakClient } from '@yak/client'
import type { HistoryEvent } from '../../checker/history.ts'
import { ProducerLoad } from './producer-load.ts'
import { Recorder } from './recorder.ts'

const { brokers, ...settings } = JSON.parse(process.argv[2]!) as {
  readonly name: string
  readonly brokers: readonly string[]
  readonly topic: string
  readonly topicId: string
  readonly partitions: number
}
const recorder = new Recorder()
recorder.history.add = (event: HistoryEvent): void => {
  writeSync(1, `${JSON.stringify(event)}\n`)
}
new ProducerLoad({ ...settings, client: new YakClient({ brokers }), recorder, everyMs: 1 }).start()
