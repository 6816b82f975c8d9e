import { expect, test } from 'vitest'
import { importSnippets } from '../../../src/features/csv-import/import-snippets.ts'

type Job = Parameters<typeof importSnippets>[0]

function job(topic: string, header: string): Job {
  return {
    topic,
    file: { name: "it's.csv" },
    format: { delimiter: ';', encoding: 'utf-16le' },
    mapping: { key: { kind: 'column', column: 0 }, columns: [{ header, type: 'number' }] },
  } as unknown as Job
}

test('the command takes any topic, file and column for what it is', () => {
  const [cli] = importSnippets(job('-x', '-host'), 'http://b1')
  expect(cli?.code.split(' \\\n  ')).toEqual([
    'yak produce --brokers http://b1',
    `--file 'it'\\''s.csv' --format csv`,
    `--key='-host'`,
    `--delimiter ';'`,
    '--encoding utf-16le',
    '--types infer',
    '-- -x',
  ])
})

test('the program is well formed, and reads the file as the page did', () => {
  const [, sdk] = importSnippets(job('orders', 'id'), 'http://b1')
  const body = sdk!.code.replace(/^import .*$/gm, '').replaceAll('await using', 'const')
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  expect(() => new AsyncFunction(body)).not.toThrow()
  expect(body).toContain(`createReadStream('it\\'s.csv')).pipeThrough(new TextDecoderStream('utf-16le'))`)
  expect(body).toContain("delimiter: ';'")
  expect(body).not.toMatch(/\bbatches\b/)
})
