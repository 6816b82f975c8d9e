import { fileURLToPath } from 'node:url'
import { keepYoungGenerationSmall } from '@yak/broker/own-process'
import type { RawCommand } from '../command.ts'
import { parentPipeVariable, stopWithParent } from '../dev/parent-pipe.ts'

/** The console comes as a package of its own, built; in a clone it may not be built yet, and the broker says so on its pages. */
const consoleDir = fileURLToPath(new URL('dist', import.meta.resolve('@yak/console/package.json')))

/** Runs a broker in this process. Its settings, and the text that explains them, are @yak/broker's. */
export const broker: RawCommand = {
  path: ['broker'],
  summary: 'Runs a broker',

  // Loaded only here: the other commands start faster without a broker in memory.
  async help() {
    const { configHelp } = await import('@yak/broker')
    return configHelp()
  },

  async runRaw(args, { environment, input }) {
    if (environment[parentPipeVariable] === '1') stopWithParent(input)
    keepYoungGenerationSmall()
    const { runBroker } = await import('@yak/broker')
    return await runBroker(args, environment, { consoleDir })
  },
}
