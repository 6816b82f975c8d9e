import { flag, programText, quoted, type Snippet, yakClient, yakCommand } from '../../lib/produce-snippets.ts'
import type { ImportJob } from './import-job.ts'

/** The same import from a shell and from a program; without what only this page can do to a column. */
export function importSnippets(
  { topic, file, format, mapping }: Pick<ImportJob, 'topic' | 'file' | 'format' | 'mapping'>,
  brokerUrl: string,
): readonly Snippet[] {
  const keyHeader = mapping.key.kind === 'column' ? mapping.columns[mapping.key.column]?.header : undefined
  const hasTypes = mapping.columns.some(({ type }) => type !== 'string' && type !== 'date')
  const parsing = [
    'header: true',
    'skipEmptyLines: true',
    ...(format.delimiter === ',' ? [] : [`delimiter: ${programText(format.delimiter)}`]),
    ...(hasTypes ? ['dynamicTyping: true'] : []),
  ]
  return [
    {
      name: 'CLI',
      code: yakCommand('produce', topic, [
        `--brokers ${brokerUrl}`,
        `--file ${quoted(file.name)} --format csv`,
        ...(keyHeader === undefined ? [] : [flag('--key', keyHeader)]),
        ...(format.delimiter === ',' ? [] : [`--delimiter ${quoted(format.delimiter)}`]),
        ...(format.encoding === 'utf-8' ? [] : [`--encoding ${format.encoding}`]),
        ...(hasTypes ? ['--types infer'] : []),
      ]),
    },
    {
      name: 'SDK',
      code: [
        `import { createReadStream } from 'node:fs'`,
        `import { Readable } from 'node:stream'`,
        `import { YakClient } from '@yak/client'`,
        `import Papa from 'papaparse'`,
        '',
        `const text = Readable.toWeb(createReadStream(${programText(file.name)})).pipeThrough(new TextDecoderStream(${programText(format.encoding)}))`,
        `const rows = Readable.fromWeb(text).pipe(Papa.parse(Papa.NODE_STREAM_INPUT, { ${parsing.join(', ')} }))`,
        '',
        yakClient([brokerUrl]),
        'const producer = yak.producer()',
        `const topic = ${programText(topic)}`,
        'const records = []',
        'for await (const row of rows) {',
        keyHeader === undefined
          ? '  records.push({ value: row })'
          : `  records.push({ key: String(row[${programText(keyHeader)}]), value: row })`,
        '  if (records.length === 1_000) await producer.sendBatch({ topic, records: records.splice(0) })',
        '}',
        'if (records.length > 0) await producer.sendBatch({ topic, records })',
      ].join('\n'),
    },
  ]
}
