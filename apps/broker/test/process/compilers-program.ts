// Prints the compilers that V8 used for a function that is called often. With an argument its helper threads are kept short.
// Run with --trace-opt, which writes a line for each function that was compiled.
import { keepHelperThreadsShort } from '../../src/v8-threads.ts'

if (process.argv[2] === 'short') keepHelperThreadsShort()

function calledOften(numbers: readonly number[]): number {
  let sum = 0
  for (const [index, number] of numbers.entries()) sum += (number * index) % 7
  return sum
}

const numbers = Array.from({ length: 1_000 }, (_, index) => index)
let total = 0
for (let call = 0; call < 20_000; call++) total += calledOften(numbers)
if (total <= 0) throw new Error('nothing was added up')
