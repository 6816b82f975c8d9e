import { describe, expect, test } from 'vitest'
import { readLineRows } from '../src/line-rows.ts'
import { readNdjsonRows } from '../src/ndjson-rows.ts'
import { maxRowLength, type Row, type RowBatch } from '../src/row.ts'
import { TextDecoding } from '../src/text-decoding.ts'

async function* chunksOf(input: string | Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(input as Uint8Array)
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes)
}

async function collect(batches: AsyncIterable<RowBatch>): Promise<string[]> {
  const rows: Row[] = []
  for await (const batch of batches) rows.push(...batch.rows)
  return rows.map(({ line, key, value, problem }) =>
    problem === null ? `${line} ${key} ${value}` : `${line} ${problem.code} ${problem.detail}`,
  )
}

const ndjson = (input: string | Uint8Array, keyField?: string, chunkBytes = 100_000): Promise<string[]> =>
  collect(readNdjsonRows(chunksOf(input, chunkBytes), { decoding: new TextDecoding(undefined), keyField }))

const lines = (input: string | Uint8Array, key?: string, chunkBytes = 100_000): Promise<string[]> =>
  collect(readLineRows(chunksOf(input, chunkBytes), { decoding: new TextDecoding(undefined), key }))

describe('ndjson', () => {
  test('a row that nests too deep for its key to be read exactly costs that row', async () => {
    const deep = `{"id":1,"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`
    const [bad, good] = await ndjson(`${deep}\n{"id":2}`, 'id')
    expect(bad).toMatch(/^1 INVALID_JSON .*nests deeper/)
    expect(good).toBe('2 2 {"id":2}')
  })

  test('values keep every byte but the white space around them', async () => {
    for (const chunkBytes of [1, 5, 1_000]) {
      expect(
        await ndjson(
          '\ufeff{"a": 9926554.0}\r\n  [1,\t2]\n\n"text"\nnull\n12345678901234567890',
          undefined,
          chunkBytes,
        ),
      ).toEqual([
        '1 null {"a": 9926554.0}',
        '2 null [1,\t2]',
        '4 null "text"',
        '5 null null',
        '6 null 12345678901234567890',
      ])
    }
  })

  test('keys are texts, booleans, and numbers as their digits stand', async () => {
    expect(
      await ndjson(
        '{"k":"a"}\n{"k":12345678901234567890}\n{"k":1.50}\n{"k":true,"x":{"k":3}}\n{"x":{"k":3},"k":7.0}\n',
        'k',
      ),
    ).toEqual([
      '1 a {"k":"a"}',
      '2 12345678901234567890 {"k":12345678901234567890}',
      '3 1.50 {"k":1.50}',
      '4 true {"k":true,"x":{"k":3}}',
      '5 7.0 {"x":{"k":3},"k":7.0}',
    ])
  })

  test('a row without its key is reported', async () => {
    expect(await ndjson('{"a":1}\n{"k":""}\n{"k":null}\n{"k":[1]}\n5\nnull\n{"k":1}\n', 'k')).toEqual([
      '1 KEY_FIELD_NOT_FOUND it has no field "k" for the key',
      '2 KEY_FIELD_NOT_FOUND its key field "k" is empty',
      '3 KEY_FIELD_NOT_FOUND its field "k" is no text, number or boolean, so it cannot be a key',
      '4 KEY_FIELD_NOT_FOUND its field "k" is no text, number or boolean, so it cannot be a key',
      '5 KEY_FIELD_NOT_FOUND it has no field "k" for the key',
      '6 KEY_FIELD_NOT_FOUND it has no field "k" for the key',
      '7 1 {"k":1}',
    ])
    expect(await ndjson('{"a":1}\n', 'toString')).toEqual([
      '1 KEY_FIELD_NOT_FOUND it has no field "toString" for the key',
    ])
  })

  test('a line that is not JSON is reported and the next one read', async () => {
    const rows = await ndjson('{"a":1\n{"a":2}\n')
    expect(rows[0]).toMatch(/^1 INVALID_JSON it is not JSON: /)
    expect(rows[1]).toBe('2 null {"a":2}')
    // Its place in the line; that of the line is told already.
    expect((await ndjson('1\n  [1 2]\n'))[1]).toMatch(/^2 INVALID_JSON it is not JSON: .+ in JSON, at character 6$/)
    expect((await ndjson('i-a2,5\n'))[0]).not.toMatch(/line|position/)
  })

  test('a byte that is not UTF-8 spoils its line and no other', async () => {
    const rows = await ndjson(Buffer.from('{"a":"\xe4"}\n{"a":"b"}\n', 'latin1'))
    expect(rows[0]).toMatch(/^1 INVALID_JSON it has the byte 0xE4/)
    expect(rows[1]).toBe('2 null {"a":"b"}')
  })

  test('a line without an end is dropped as it passes', async () => {
    const rows = await ndjson(`1\n${'2'.repeat(maxRowLength * 2)}\n3\n`)
    expect(rows).toEqual(['1 null 1', `2 RECORD_TOO_LARGE it has more than ${maxRowLength} characters`, '3 null 3'])
  })
})

test('lines become JSON strings, empty ones too', async () => {
  for (const chunkBytes of [1, 3, 1_000]) {
    expect(await lines('one "1"\r\n\n42\nlast', 'k', chunkBytes)).toEqual([
      '1 k "one \\"1\\""',
      '2 k ""',
      '3 k "42"',
      '4 k "last"',
    ])
  }
})
