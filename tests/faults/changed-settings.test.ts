import { describe, test } from 'vitest'
import { raisedMinInsync } from './changed-settings.ts'

describe('settings that are changed while all brokers are stopped', () => {
  test('min-insync raised: what one broker acknowledged alone is waited for', () => raisedMinInsync())
})
