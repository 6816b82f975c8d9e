import { readFileSync, writeFileSync } from 'node:fs'
import type { Figure } from './benchmark.ts'
import type { ServerProcess } from './broker-process.ts'

/** Resident memory of a process, in MB: now, and the most it ever was. */
export function memoryOf(pid: number): { readonly nowMB: number; readonly peakMB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / 1_024
  return { nowMB: read('VmRSS'), peakMB: read('VmHWM') }
}

/** From now on the peak of this process is counted anew: one benchmark has not to answer for the one before. */
export function forgetPeakMemory(): void {
  writeFileSync('/proc/self/clear_refs', '5')
}

/** What this process, in which the client is, had at most since `forgetPeakMemory`. */
export function clientMemory(of = ''): Figure {
  const noLimit = 'the bare client is in the same process'
  return { name: `client memory, peak${of}`, value: memoryOf(process.pid).peakMB, unit: 'MB', noLimit }
}

/** What a broker had at most, beside a server that does the least with the same bytes. */
export function brokerMemory(broker: ServerProcess, beside: ServerProcess, besideName: string, of = ''): Figure {
  const limit = { name: besideName, value: beside.memory.peakMB }
  return { name: `broker memory, peak${of}`, value: broker.memory.peakMB, unit: 'MB', limit, target: 200 }
}
