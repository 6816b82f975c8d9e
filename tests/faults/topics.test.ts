import { isRedisServerInstalled } from '@yak/election/testing'
import { describe, test } from 'vitest'
import { deletedRecords } from './deleted-records.ts'
import { recreatedTopic } from './recreated-topic.ts'
import { fiftyCreators, secondProcess } from './topics.ts'

describe.skipIf(!isRedisServerInstalled())('topics and identities', () => {
  test('B19: fifty first records make one topic', () => fiftyCreators())

  test('B20: no old record under a recreated name, under load', () => recreatedTopic())

  test('records that were deleted stay deleted, whoever leads', () => deletedRecords())

  test('B22: two processes with one id', () => secondProcess())
})
