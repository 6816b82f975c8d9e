import { join } from 'node:path'
import { startCluster } from '@yak/broker'
import { type Benchmark, median } from './benchmark.ts'

const BROKERS = 3
const REPEATS = 7

/** Milliseconds from the call until a leader serves. */
async function timedStart(dataDir: string): Promise<number> {
  const start = performance.now()
  await using _cluster = await startCluster({ brokers: BROKERS, dataDir })
  return performance.now() - start
}

export const clusterStart: Benchmark = {
  name: 'cluster-start',
  describes: 'startCluster() from @yak/broker: three brokers inside this process, until one leads and serves',
  async run({ folder, report }) {
    const settings = { brokers: BROKERS }
    const noLimit = 'nothing bare elects a leader'
    const first = await timedStart(join(folder, 'first'))
    report({ name: 'the first in a process', value: first, unit: 'ms', noLimit, target: 300, settings })
    const further: number[] = []
    for (let repeat = 1; repeat <= REPEATS; repeat++) further.push(await timedStart(join(folder, String(repeat))))
    report({
      name: 'each further one, median',
      value: median(further),
      unit: 'ms',
      noLimit,
      target: 300,
      settings: { ...settings, repeats: REPEATS },
    })
  },
}
