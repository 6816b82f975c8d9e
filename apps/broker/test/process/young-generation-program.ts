// Prints the largest size in bytes of the young generation while small objects come and some stay. With an argument it is kept small.
import { getHeapSpaceStatistics } from 'node:v8'
import { keepYoungGenerationSmall } from '../../src/own-process.ts'

if (process.argv[2] === 'small') keepYoungGenerationSmall()

const sizeBytes = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')!.space_size
const kept: object[] = []
let largest = 0
for (let count = 1; count <= 4_000_000; count++) {
  kept.push({ count, pair: [count] })
  if (kept.length > 6_000) kept.splice(0, 3_000)
  if (count % 50_000 === 0) largest = Math.max(largest, sizeBytes())
}
process.stdout.write(String(largest))
