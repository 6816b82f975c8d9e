import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, test } from 'vitest'
import { type CsvOptions, readCsvRows } from '../src/csv-rows.ts'
import { maxRowLength, type Row, type RowBatch } from '../src/row.ts'
import { TextDecoding } from '../src/text-decoding.ts'

interface ReadOptions extends Partial<Omit<CsvOptions, 'decoding'>> {
  readonly encoding?: string
  /** Bytes in a chunk; all at once unless given. */
  readonly chunkBytes?: number
}

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes)
}

async function read(input: string | Uint8Array, options: ReadOptions = {}): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of batchesOf(input, options)) {
    for (const row of batch.rows) rows.push(row)
  }
  return rows
}

function batchesOf(input: string | Uint8Array, options: ReadOptions): AsyncGenerator<RowBatch> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input
  return readCsvRows(chunksOf(bytes, options.chunkBytes ?? Math.max(bytes.length, 1)), {
    name: 'x.csv',
    delimiter: ',',
    keyField: undefined,
    types: 'text',
    ...options,
    decoding: new TextDecoding(options.encoding),
  })
}

/** `2 key {"a":"1"}` for a good row, `3 CODE detail` for a bad one. */
function shown(rows: readonly Row[]): string[] {
  return rows.map(({ line, lastLine, key, value, problem }) => {
    const lines = line === lastLine ? `${line}` : `${line}-${lastLine}`
    return problem === null ? `${lines} ${key} ${value}` : `${lines} ${problem.code} ${problem.detail}`
  })
}

describe('rows', () => {
  test('of a file whose first chunk ends between the two characters of its first line break', async () => {
    const header = `a,${'b'.repeat(70_000)}`
    const rows = await read(`${header}\r\n1,2\r\n`, { chunkBytes: header.length + 1 })
    expect(shown(rows)).toEqual([`2 null {"a":"1","${'b'.repeat(70_000)}":"2"}`])
  })

  test('become objects of strings, exactly as written', async () => {
    const rows = await read('id,value\n007,9926554.0\n12345678901234567890,\n')
    expect(shown(rows)).toEqual([
      '2 null {"id":"007","value":"9926554.0"}',
      '3 null {"id":"12345678901234567890","value":""}',
    ])
  })

  test('with inferred types keep numbers digit for digit, and are text where JSON has no such number', async () => {
    const rows = await read('a,b,c,d,e\n9926554.0,12345678901234567890,true,null,-1.5E+3\n007,+1,.5,True,1 \n', {
      types: 'infer',
    })
    expect(rows.map((row) => row.value)).toEqual([
      '{"a":9926554.0,"b":12345678901234567890,"c":true,"d":null,"e":-1.5E+3}',
      '{"a":"007","b":"+1","c":".5","d":"True","e":"1 "}',
    ])
  })

  test('take the key from the column named', async () => {
    expect(shown(await read('host,v\nweb-1,1\n"web,2",2\n', { keyField: 'host' }))).toEqual([
      '2 web-1 {"host":"web-1","v":"1"}',
      '3 web,2 {"host":"web,2","v":"2"}',
    ])
  })

  test('an empty key field is a problem of its row', async () => {
    expect(shown(await read('host,v\n,1\nweb-1,2\n', { keyField: 'host' }))).toEqual([
      '2 KEY_FIELD_NOT_FOUND its key field "host" is empty',
      '3 web-1 {"host":"web-1","v":"2"}',
    ])
  })

  test('a byte order mark is no part of the first column', async () => {
    expect(shown(await read('\ufeffhost,v\nweb-1,1\n', { keyField: 'host' }))).toEqual([
      '2 web-1 {"host":"web-1","v":"1"}',
    ])
  })

  test('a quoted first column behind a byte order mark', async () => {
    expect(shown(await read('\ufeff"host",v\nweb-1,1\n', { keyField: 'host' }))).toEqual([
      '2 web-1 {"host":"web-1","v":"1"}',
    ])
  })

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR alone', '\r'],
  ])('lines may end with %s', async (_, lineBreak) => {
    const text = ['a,b', '1,2', '"3","4"', '5,"6"', ''].join(lineBreak)
    expect(shown(await read(text))).toEqual([
      '2 null {"a":"1","b":"2"}',
      '3 null {"a":"3","b":"4"}',
      '4 null {"a":"5","b":"6"}',
    ])
  })

  test('lines may end in different ways in one file, and the last with nothing', async () => {
    expect(shown(await read('a,b\r\n1,2\n"3","4"\r\n5,6'))).toEqual([
      '2 null {"a":"1","b":"2"}',
      '3 null {"a":"3","b":"4"}',
      '4 null {"a":"5","b":"6"}',
    ])
  })

  test('the last CRLF of a file may be cut off in its middle', async () => {
    for (const chunkBytes of [1, 100]) {
      expect(shown(await read('a,b\r\n1,2\r\n3,4\r', { chunkBytes }))).toEqual([
        '2 null {"a":"1","b":"2"}',
        '3 null {"a":"3","b":"4"}',
      ])
      expect(shown(await read('a,b\r\n1,"2\r"\r', { chunkBytes }))).toEqual(['2 null {"a":"1","b":"2\\r"}'])
      expect(shown(await read('a\r\n1\r\n\r', { chunkBytes }))).toEqual(['2 null {"a":"1"}'])
    }
  })

  test('a quoted value keeps its line breaks, commas, quotes and final carriage return', async () => {
    const rows = await read('a,b\r\n"one\r\ntwo,\n""three""","end\r"\r\n"x","end\r"\n')
    expect(rows.map((row) => JSON.parse(row.value) as unknown)).toEqual([
      { a: 'one\r\ntwo,\n"three"', b: 'end\r' },
      { a: 'x', b: 'end\r' },
    ])
  })

  test('line numbers are those of the file: breaks inside quotes count', async () => {
    expect(shown(await read('a,b\n"1\n2\n3",x\n4\n5,y\n'))).toEqual([
      '2-4 null {"a":"1\\n2\\n3","b":"x"}',
      '5 CSV_ROW_INVALID it has 1 field, the header names 2',
      '6 null {"a":"5","b":"y"}',
    ])
  })

  test('ragged rows are reported, too short and too long', async () => {
    expect(shown(await read('a,b,c\n1,2\n1,2,3,4\n1,2,3\n'))).toEqual([
      '2 CSV_ROW_INVALID it has 2 fields, the header names 3',
      '3 CSV_ROW_INVALID it has 4 fields, the header names 3',
      '4 null {"a":"1","b":"2","c":"3"}',
    ])
  })

  test('blank lines hold no row but count as lines', async () => {
    expect(shown(await read('\n\na,b\r\n\r\n1,2\n\n3\n\n'))).toEqual([
      '5 null {"a":"1","b":"2"}',
      '7 CSV_ROW_INVALID it has 1 field, the header names 2',
    ])
  })

  test('in a file of one column an empty value is written as two quotes', async () => {
    expect(shown(await read('a\n\n""\nx\n'))).toEqual(['3 null {"a":""}', '4 null {"a":"x"}'])
  })

  test('another delimiter', async () => {
    expect(shown(await read('a;b\n1,5;"2;3"\n', { delimiter: ';' }))).toEqual(['2 null {"a":"1,5","b":"2;3"}'])
    expect(shown(await read('a\tb\n1\t2\n', { delimiter: '\t' }))).toEqual(['2 null {"a":"1","b":"2"}'])
  })

  test('names and values that mean something to JavaScript are only text', async () => {
    const [row] = await read('__proto__,constructor,"q""uote"\n1,2,\u2028\u{1f402}\n')
    expect(row!.value).toBe('{"__proto__":"1","constructor":"2","q\\"uote":"\u2028\u{1f402}"}')
  })
})

describe('broken quoting costs one row', () => {
  test('text behind a closing quote', async () => {
    expect(shown(await read('a,b\n"5" disk",x\n6,y\n7,"z"\n'))).toEqual([
      '2 CSV_ROW_INVALID text stands behind the closing quote of a field; a quote inside a quoted field is written twice',
      '3 null {"a":"6","b":"y"}',
      '4 null {"a":"7","b":"z"}',
    ])
  })

  test('a quote that never closes', async () => {
    expect(shown(await read('a,b\n"5,x\n6,y\n7,z\n'))).toEqual([
      '2 CSV_ROW_INVALID a quote opens a field and never closes it',
      '3 null {"a":"6","b":"y"}',
      '4 null {"a":"7","b":"z"}',
    ])
  })

  test('a quote that closes only where another field opens swallows up to there and is reported', async () => {
    const rows = await read('a,b\n"5,x\n6,y\n"7",z\n8,w\n')
    expect(rows.map((row) => [row.line, row.lastLine, row.problem === null])).toEqual([
      [2, 4, false],
      [5, 5, true],
    ])
  })

  test('a quote in the middle of an unquoted field is text', async () => {
    expect(shown(await read('a,b\n5" disk,x\n'))).toEqual(['2 null {"a":"5\\" disk","b":"x"}'])
  })

  test('a file of nothing else takes time in proportion to its size', async () => {
    const count = 50_000
    const rows = await read(`a,b\n${'"x"y,1\n'.repeat(count)}`, { chunkBytes: 262_144 })
    expect(rows).toHaveLength(count)
    expect(rows.every((row) => row.problem !== null)).toBe(true)
    expect(rows.at(-1)!.line).toBe(count + 1)
  })

  test('good rows behind many bad ones are all read', async () => {
    const bad = '"x"y,1\n'.repeat(1_000)
    const good = '1,"2"\n'.repeat(5_000)
    const rows = await read(`a,b\n${bad}${good}${bad}${good}`, { chunkBytes: 10_000 })
    expect(rows.filter((row) => row.problem === null)).toHaveLength(10_000)
    expect(rows.map((row) => row.line)).toEqual(Array.from({ length: 12_000 }, (_, index) => index + 2))
  })
})

describe('bounds', () => {
  test('a quote that is never closed does not gather the rest of a large file', async () => {
    const lines = 'x,y\n'.repeat(maxRowLength / 2)
    const rows: Row[] = []
    let largest = 0
    for await (const batch of batchesOf(`a,b\n"open,x\n${lines}`, { chunkBytes: 262_144 })) {
      for (const row of batch.rows) rows.push(row)
      largest = Math.max(largest, batch.rows.length)
    }
    // What it gathered before comes in pieces: a broker that reads it answers others between them.
    expect(largest).toBeLessThan(20_000)
    expect(rows[0]!.problem!.detail).toMatch(/does not close it within/)
    expect(rows).toHaveLength(1 + maxRowLength / 2)
    expect(rows.at(-1)!.line).toBe(2 + maxRowLength / 2)
  })

  test('a line without an end is dropped as it passes', async () => {
    const rows = await read(`a,b\n1,2\n${'x'.repeat(maxRowLength * 3)}\n3,4\n`, { chunkBytes: 262_144 })
    expect(shown(rows)).toEqual([
      '2 null {"a":"1","b":"2"}',
      `3 CSV_ROW_INVALID it has more than ${maxRowLength} characters`,
      '4 null {"a":"3","b":"4"}',
    ])
  })
})

describe('encodings', () => {
  test('a byte that is not UTF-8 spoils its row and no other', async () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,ä\n2,'), Buffer.from([0xe4]), Buffer.from('\n3,\ufffd\n')])
    for (const chunkBytes of [1, 2, 3, 7, 100]) {
      expect(shown(await read(bytes, { chunkBytes }))).toEqual([
        '2 null {"a":"1","b":"ä"}',
        "3 CSV_ROW_INVALID it has the byte 0xE4, which is not UTF-8; name the file's encoding, for example latin1",
        '4 null {"a":"3","b":"\ufffd"}',
      ])
    }
  })

  test('a named encoding', async () => {
    const bytes = Buffer.from('a,b\n1,\u00e4\n', 'latin1')
    expect(shown(await read(bytes, { encoding: 'latin1' }))).toEqual(['2 null {"a":"1","b":"ä"}'])
  })

  test('UTF-16 by its byte order mark', async () => {
    const bytes = Buffer.from('\ufeffa,b\r\n1,\u00e4\u{1f402}\r\n', 'utf16le')
    for (const chunkBytes of [1, 3, 100]) {
      expect(shown(await read(bytes, { chunkBytes }))).toEqual(['2 null {"a":"1","b":"ä\u{1f402}"}'])
    }
  })

  test('an encoding nobody knows', async () => {
    await expect(read('a\n1\n', { encoding: 'klingon' })).rejects.toThrow(/no encoding "klingon"/)
  })
})

describe('what cannot be read at all', () => {
  test('an empty file', async () => {
    await expect(read('')).rejects.toThrow('x.csv is empty. Its first line must name the columns.')
    await expect(read('\n\n')).rejects.toThrow('x.csv is empty.')
  })

  test('a key column that is not there names those that are', async () => {
    await expect(read('timestamp,host\n', { keyField: 'hots' })).rejects.toThrow(
      'x.csv has no column "hots" for the key. Its columns: timestamp, host.',
    )
    await expect(read('timestamp;host\n', { keyField: 'host' })).rejects.toThrow('Is its delimiter another one?')
  })

  test('of a header as long as a file only its beginning is told', async () => {
    const header = Array.from({ length: 100_000 }, (_, index) => `column-${index}`).join(',')
    const error = await read(`${header}\n`, { keyField: 'k' }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ message: expect.stringMatching(/Its columns: column-0, .*…\.$/) })
    expect((error as Error).message.length).toBeLessThan(700)
  })

  test('a column named twice', async () => {
    await expect(read('a,b,a\n')).rejects.toThrow('x.csv names the column "a" twice.')
  })

  test('a header with broken quoting', async () => {
    await expect(read('"a"b,c\n1,2\n')).rejects.toThrow(/no readable header: in line 1/)
  })
})

test('whatever was written comes back, wherever the chunks break', async () => {
  const field = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ä', '\u{1f402}', ';') }),
    fc.string({ unit: 'grapheme' }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field), { maxLength: 20 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 64 }),
      async (rows, newline, quotes, chunkBytes) => {
        const text = Papa.unparse([['a', 'b'], ...rows], { newline, quotes })
        const found = await read(text, { chunkBytes })
        expect(found.map((row) => JSON.parse(row.value) as unknown)).toEqual(rows.map(([a, b]) => ({ a, b })))
      },
    ),
    { numRuns: 300 },
  )
})

test('random text never fails, and every line is in a row or blank', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' '), maxLength: 200 }),
      fc.integer({ min: 1, max: 16 }),
      async (text, chunkBytes) => {
        const whole = await read(`a,b\n${text}`)
        const pieces = await read(`a,b\n${text}`, { chunkBytes })
        expect(shown(pieces)).toEqual(shown(whole))
        let next = 2
        const lines = text.split('\n')
        for (const { line, lastLine } of whole) {
          expect(lines.slice(next - 2, line - 2).filter((skipped) => skipped.replace('\r', '') !== '')).toEqual([])
          next = lastLine + 1
        }
        expect(lines.slice(next - 2).filter((skipped) => skipped.replace('\r', '') !== '')).toEqual([])
      },
    ),
    { numRuns: 500 },
  )
})
