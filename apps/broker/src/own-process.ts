import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8 from doubling its young generation up to 32 MB: what a broker makes dies at once, so more room for it costs memory and
 * brings no speed (docs/benchmarks.md). For a process of one's own, before the broker's code is loaded: that is kept, and would have doubled it
 * four times before the first request. So this module is one to import by itself, and nothing is to be imported here.
 */
export function keepYoungGenerationSmall(): void {
  // The flag for a largest size is read once, before any program runs; this one is read at each collection.
  setFlagsFromString('--semi-space-growth-factor=1')
}
