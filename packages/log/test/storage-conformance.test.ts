import { describe, it } from 'vitest'
import { storageConformance } from '../src/testing/index.ts'
import { STORAGES } from './storages.ts'

for (const { name, create } of STORAGES) {
  describe(name, () => storageConformance({ describe, it }, create))
}
