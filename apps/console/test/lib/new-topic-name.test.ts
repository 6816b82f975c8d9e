import { expect, test } from 'vitest'
import { newTopicNameProblem } from '../../src/lib/new-topic-name.ts'

test('a name that the broker keeps for itself, or that no topic can have, is told before anything is sent', () => {
  expect(newTopicNameProblem('orders')).toBeUndefined()
  expect(newTopicNameProblem('__orders')).toMatch(/^Names that begin with __ belong to the broker/)
  expect(newTopicNameProblem('a b')).toMatch(/character 2 is " "/)
})
