import { expect, test } from 'vitest'
import { isInSnapshot } from '../../src/app/snapshot-scope.ts'

test.each([
  ['/', true],
  ['/topics', true],
  ['/topics/orders/partitions', true],
  ['/topics/orders/config', true],
  ['/topics/orders/messages', false],
  ['/topics/orders/2/100', false],
  ['/brokers/1', true],
  ['/timeline', true],
  ['/log', true],
  ['/settings', true],
  ['/produce', false],
  ['/produce/csv', false],
  ['/consume', false],
])('%s: %s', (path, isIn) => expect(isInSnapshot(path)).toBe(isIn))
