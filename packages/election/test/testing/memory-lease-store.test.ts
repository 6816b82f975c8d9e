import { describe, test } from 'vitest'
import { systemPorts } from '../../src/system-ports.ts'
import { leaseStoreConformance } from '../../src/testing/lease-store-conformance.ts'
import { MemoryCoordinator } from '../../src/testing/memory-coordinator.ts'
import { MemoryLeaseStore } from '../../src/testing/memory-lease-store.ts'

describe('the in-memory store conforms', () => {
  const coordinator = new MemoryCoordinator({ nowMs: systemPorts.wallClockMs })
  const harness = {
    open: async () => new MemoryLeaseStore({ coordinator, ports: systemPorts }),
    passTime: async (byMs: number) => coordinator.jumpClock(byMs),
    forget: async (group: string) => coordinator.forget(group),
  }
  for (const { name, run } of leaseStoreConformance) test(name, () => run(harness))
})
