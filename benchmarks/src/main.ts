import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark, Figure } from './benchmark.ts'
import { catchUp } from './catch-up.ts'
import { clusterStart } from './cluster-start.ts'
import { codec } from './codec.ts'
import { concurrency } from './concurrency.ts'
import { consume } from './consume.ts'
import { failover } from './failover.ts'
import { latency } from './latency.ts'
import { logAppend } from './log-append.ts'
import { forgetPeakMemory } from './memory.ts'
import { produce } from './produce.ts'
import { replication } from './replication.ts'
import { describeMachine, renderTable } from './report.ts'
import { restart } from './restart.ts'

const benchmarks: readonly Benchmark[] = [
  codec,
  logAppend,
  produce,
  consume,
  concurrency,
  latency,
  restart,
  clusterStart,
  replication,
  failover,
  catchUp,
]

const usage = `pnpm bench [NAME…] [--scale 1] [--json FILE]

${benchmarks.map(({ name, describes }) => `  ${name.padEnd(14)} ${describes}`).join('\n')}

  --scale N     multiplies the work; 0.1 for a quick look (default 1)
  --json FILE   appends one JSON line a figure to FILE
  --dir DIR     where logs are written; it must be on the disk to be measured (default: the system's temporary folder)`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    json: { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
})
const scale = Number(values.scale)
const unknown = positionals.find((name) => !benchmarks.some((benchmark) => benchmark.name === name))
if (values.help || unknown !== undefined || !(scale > 0)) {
  if (unknown !== undefined) console.error(`There is no benchmark "${unknown}".`)
  console.error(usage)
  process.exit(values.help ? 0 : 2)
}

const machine = describeMachine()
console.log(`Machine: ${machine}\n`)
for (const benchmark of benchmarks) {
  if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue
  const figures: Figure[] = []
  forgetPeakMemory()
  const folder = mkdtempSync(join(values.dir, `yak-bench-${benchmark.name}-`))
  try {
    await benchmark.run({ scale, folder, report: (figure) => figures.push(figure) })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(renderTable(`${benchmark.name}: ${benchmark.describes}`, figures))
  for (const figure of figures) {
    const line = JSON.stringify({ benchmark: benchmark.name, ...figure, machine, scale })
    console.log(line)
    if (values.json) appendFileSync(values.json, `${line}\n`)
  }
  console.log()
}
