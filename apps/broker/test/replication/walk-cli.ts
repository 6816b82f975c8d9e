/** `node --conditions=@yak/source walk-cli.ts [seeds] [first] [brokers] [m]`: random walks over the core, for digging. */
import { walk } from './world/walk.ts'

const [seeds = '100', first = '1', brokers = '3', minInsync = '2', trace = ''] = process.argv.slice(2)
const totals = new Map<string, number>()
let acknowledged = 0
let stuck = 0
let bad = 0
const start = process.hrtime.bigint()
for (let seed = Number(first); seed < Number(first) + Number(seeds); seed++) {
  const lines: string[] = []
  const result = walk({
    seed,
    brokers: Number(brokers),
    minInsync: Number(minInsync),
    steps: 1_500,
    // Both at once may leave nobody who may lead, by design: then only an operator can help.
    losesDisks: seed % 2 === 0,
    forgets: seed % 2 === 1,
    ...(trace === '' ? {} : { trace: (line: string) => void lines.push(line) }),
  })
  if (trace !== '') console.log(lines.join('\n'))
  acknowledged += result.acknowledged
  for (const [what, count] of result.counts) totals.set(what, (totals.get(what) ?? 0) + count)
  if (result.isStuck) {
    stuck++
    console.log(`seed ${seed}: stuck`)
  }
  if (result.violations.length > 0) {
    bad++
    console.log(`seed ${seed}: ${result.violations[0]}`)
  }
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9
console.log(
  `${seeds} walks, ${(Number(seeds) / seconds).toFixed(1)}/s, ${acknowledged} acknowledged, ${stuck} stuck, ${bad} bad`,
)
console.log(Object.fromEntries(totals))
