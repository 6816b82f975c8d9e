import { type Command, defineCommand } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { countOf } from '../terminal/quantities.ts'

/** Of what is wrong with one file: a file of another kind has something wrong in each of its entries. */
const maxShown = 20

export const logDump: Command = defineCommand({
  path: ['log', 'dump'],
  summary: 'Shows what a file of a data folder says; no broker is needed',
  positionals: [
    { name: 'FILE', description: 'a .log, .index, .timeindex or .snapshot, leader-epoch-checkpoint or log-checkpoint' },
  ],
  options: {
    records: { type: 'flag', description: 'each record of a .log too' },
  },
  notes: [
    'The file is only read, so a running broker may own it; its last batches may then be shown as a torn tail.',
    'The exit code is 1 when the file is damaged: a wrong checksum before a good batch, entries that do not rise or name no batch. A torn tail is not damage: it was never acknowledged, and recovery cuts it.',
  ],
  examples: ['yak log dump 00000000000000000000.log --records'],

  async run({ positionals, options, terminal }) {
    const path = positionals[0]!
    // Loaded only here: no other command needs the log.
    const { dumpFile } = await import('../dump/dump-file.ts')
    const problems = await dumpFile(path, { records: options.records, output: terminal.output })
    for (const problem of problems.slice(0, maxShown)) terminal.status.line(`${path}: ${problem}`)
    const rest = problems.length - maxShown
    if (rest > 0) terminal.status.line(`${path}: and ${countOf(rest, 'more problem')}`)
    return problems.length === 0 ? EXIT.done : EXIT.notAll
  },
})
