import { quoted, quotedIfNeeded, type Snippet } from '../../lib/produce-snippets.ts'
import type { ImportJob } from './import-job.ts'

/** The same import from a shell and from a program; without what only this page can do to a column. */
export function importSnippets(
  { topic, file, format, mapping }: Pick<ImportJob, 'topic' | 'file' | 'format' | 'mapping'>,
  brokerUrl: string,
): readonly Snippet[] {
  const keyHeader = mapping.key.kind === 'column' ? mapping.columns[mapping.key.column]?.header : undefined
  const types = mapping.columns.some(({ type }) => type !== 'string' && type !== 'date') ? 'infer' : 'text'
  return [
    {
      name: 'CLI',
      code: [
        `yak produce ${quotedIfNeeded(topic)} --brokers ${brokerUrl}`,
        `--file ${quotedIfNeeded(file.name)} --format csv`,
        ...(keyHeader === undefined ? [] : [`--key ${quotedIfNeeded(keyHeader)}`]),
        ...(format.delimiter === ',' ? [] : [`--delimiter ${quoted(format.delimiter)}`]),
        ...(format.encoding === 'utf-8' ? [] : [`--encoding ${format.encoding}`]),
        ...(types === 'infer' ? ['--types infer'] : []),
      ].join(' \\\n  '),
    },
    {
      name: 'SDK',
      code: [
        `import { YakClient } from '@yak/client'`,
        '',
        `await using yak = new YakClient({ brokers: [${JSON.stringify(brokerUrl)}] })`,
        'const producer = yak.producer()',
        'for await (const rows of batches) {',
        '  await producer.sendBatch({',
        `    topic: ${JSON.stringify(topic)},`,
        keyHeader === undefined
          ? '    records: rows.map((row) => ({ value: row })),'
          : `    records: rows.map((row) => ({ key: row[${JSON.stringify(keyHeader)}], value: row })),`,
        '  })',
        '}',
      ].join('\n'),
    },
  ]
}
