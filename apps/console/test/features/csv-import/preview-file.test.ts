import { describe, expect, test } from 'vitest'
import { FileFault, previewFile } from '../../../src/features/csv-import/preview-file.ts'
import type { ByteSource } from '../../../src/features/csv-import/read-rows.ts'
import { sniffEncoding, sniffFormat } from '../../../src/features/csv-import/sniff.ts'

const source = (content: string | Uint8Array): ByteSource => {
  const all = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return { size: all.length, read: async (start, end) => all.slice(start, end) }
}
const preview = (content: string | Uint8Array, change?: Parameters<typeof previewFile>[2]) =>
  previewFile('rows.csv', source(content), change ?? null)
const fault = async (content: string | Uint8Array, change?: Parameters<typeof previewFile>[2]) => {
  const error = await preview(content, change).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(FileFault)
  return error as FileFault
}

describe('what a file speaks for', () => {
  test.each([
    ['a,b\n1,2\n', ','],
    ['a;b\n1,5;2\n3,5;4\n', ';'],
    ['a\tb\n1\t2\n', '\t'],
    ['a|b\n1|2\n', '|'],
    ['id,text\n1,"a; b; c"\n2,"d; e; f"\n', ','],
  ])('the delimiter of %j', (text, delimiter) => {
    expect(sniffFormat(new TextEncoder().encode(text), true).delimiter).toBe(delimiter)
  })

  test('the encoding, by mark, by zero bytes, by validity; a cut character is no fault', () => {
    const utf16 = (text: string) => Uint8Array.from([...text].flatMap((each) => [each.charCodeAt(0), 0]))
    expect(sniffEncoding(Uint8Array.from([0xff, 0xfe, 0x61, 0]), true)).toBe('utf-16le')
    expect(sniffEncoding(Uint8Array.from([0xfe, 0xff, 0, 0x61]), true)).toBe('utf-16be')
    expect(sniffEncoding(utf16('id,name\n1,Grete\n'), true)).toBe('utf-16le')
    expect(sniffEncoding(new TextEncoder().encode('größe'), true)).toBe('utf-8')
    expect(sniffEncoding(new TextEncoder().encode('grö').slice(0, 3), false)).toBe('utf-8')
    expect(sniffEncoding(Uint8Array.from([0x67, 0xf6, 0xdf, 0x65]), true)).toBe('windows-1252')
  })

  test('single quotes, where they open fields and double ones do not', () => {
    const text = "id,text\n1,'a, b'\n2,'c, d'\n3,'e, f'\n"
    expect(sniffFormat(new TextEncoder().encode(text), true)).toMatchObject({ quote: "'", delimiter: ',' })
  })

  test('a header is made of names unlike what stands below', async () => {
    expect((await preview('id,total\n1,2.5\n')).format.hasHeader).toBe(true)
    const without = await preview('1,2.5\n2,3.5\n')
    expect(without.format.hasHeader).toBe(false)
    expect(without.headers).toEqual(['column_1', 'column_2'])
    expect(without.rows).toHaveLength(2)
  })

  test('a byte order mark is no part of the first name', async () => {
    expect((await preview('\ufeffid,b\n1,2\n')).headers).toEqual(['id', 'b'])
    const wide = Uint8Array.from([0xff, 0xfe, ...[...'id,b\n1,2\n'].flatMap((each) => [each.charCodeAt(0), 0])])
    expect(await preview(wide)).toMatchObject({ headers: ['id', 'b'], rows: [{ fields: ['1', '2'] }] })
  })
})

describe('what cannot be imported says so beside its field', () => {
  test('nothing, and blank lines', async () => {
    expect(await fault('')).toMatchObject({ field: 'file', message: expect.stringContaining('is empty') })
    expect(await fault('\n\n\r\n')).toMatchObject({ field: 'file', message: expect.stringContaining('blank lines') })
  })

  test('a header only', async () => {
    expect(await fault('id,name\n')).toMatchObject({
      field: 'header',
      message: expect.stringContaining('no row below it'),
    })
  })

  test('the wrong encoding', async () => {
    const latin = Uint8Array.from([...'id,name\n1,Gr\u00f6\u00dfe\n'].map((each) => each.charCodeAt(0)))
    expect((await preview(latin)).rows[0]!.fields).toEqual(['1', 'Größe'])
    const { format } = await preview(latin)
    const { rows, warnings } = await preview(latin, { ...format, encoding: 'utf-8' })
    expect(rows[0]!.problem).toBe("field 2 has a byte that is not UTF-8; choose the file's encoding")
    expect(warnings).toMatchObject([{ field: 'encoding' }])
  })

  test('a broken byte in a file of UTF-8 is told of, and not read as another encoding', async () => {
    const start = new TextEncoder().encode('id,name\n1,Größe\n2,Zo')
    const { format, rows, warnings } = await preview(Uint8Array.from([...start, 0xeb, 0x0a]))
    expect(format.encoding).toBe('utf-8')
    expect(rows[0]!.fields).toEqual(['1', 'Größe'])
    expect(warnings).toMatchObject([{ field: 'encoding', text: expect.stringContaining('1 of the first 2 rows') }])
  })

  test('a quote that is never closed above very many short rows', async () => {
    const { rows } = await preview(`a,b\n1,"${'xxxxxxxxxxxxxx,\n'.repeat(280_000)}`)
    expect(rows[0]).toMatchObject({ line: 2, problem: expect.stringContaining('a quote opens a field') })
    expect(rows).toHaveLength(20)
  })

  test('a U+FFFD that the file really holds is no fault', async () => {
    expect((await preview('id,name\n1,\ufffd\n')).rows[0]!.problem).toBeNull()
  })

  test('ragged rows, by the first line that has another count', async () => {
    const { warnings } = await preview('a,b\n1,2\n1,2,3\n')
    expect(warnings).toEqual([
      {
        field: 'delimiter',
        text: 'Line 3 has 3 fields where the first row has 2. Such rows cannot be sent.',
      },
    ])
  })

  test('300 columns are fine, 2 001 are not', async () => {
    const wide = (count: number) =>
      `${Array.from({ length: count }, (_, each) => `c${each}`).join(',')}\n${'1,'.repeat(count - 1)}1\n`
    expect((await preview(wide(300))).headers).toHaveLength(300)
    expect(await fault(wide(2_001))).toMatchObject({ field: 'delimiter' })
  })

  test.each<[readonly (number | string)[], string]>([
    [
      ['PK', 3, 4, 20, 0, 6, 0, '[Content_Types].xml'],
      'an Excel workbook. Save the sheet as CSV, and choose that file.',
    ],
    [
      [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
      'an Excel workbook. Save the sheet as CSV, and choose that file.',
    ],
    [['PK', 3, 4, 20, 0, 'mimetypeapplication/vnd.oasis.opendocument.spreadsheet'], 'an OpenDocument spreadsheet.'],
    [['PK', 3, 4, 20, 0, 'rows.csv'], 'a ZIP archive. Unpack it, and choose the CSV file in it.'],
    [[0x1f, 0x8b, 8, 0], 'compressed with gzip. Unpack it first.'],
    [[0x89, 'PNG\r\n', 0x1a, '\n'], 'a picture (PNG), and no table as text. Choose a CSV file.'],
    [['%PDF-1.7\n'], 'a PDF document'],
    [['PAR1', 21, 4], 'a Parquet file'],
    [['a,b\n1,', 0, 0, 0, '\n'], 'a binary file: it has bytes that no text has'],
    [Array.from({ length: 256 }, (_, byte) => byte), 'a binary file'],
  ])('%j is no table as text', async (parts, what) => {
    const bytes = parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part, 'latin1')]))
    const { field, message } = await fault(Uint8Array.from(bytes))
    expect([field, message]).toEqual(['file', expect.stringContaining(`rows.csv is ${what}`)])
  })

  test('a control character here and there leaves a text a text', async () => {
    const rows = `id,name\n${'1,\tGrete\n'.repeat(200)}`
    expect((await preview(`${rows}2,a\u0000b\n`)).format.encoding).toBe('utf-8')
    expect((await preview(rows.replaceAll(',', '\u001f'))).rows).toHaveLength(20)
    const wide = Uint8Array.from([...rows].flatMap((each) => [each.charCodeAt(0), 0]))
    expect((await preview(wide)).format.encoding).toBe('utf-16le')
  })

  test('names that occur twice, and none', async () => {
    const doubled = await preview('id,id\n1,2\n', { delimiter: ',', quote: '"', encoding: 'utf-8', hasHeader: true })
    expect(doubled.headers).toEqual(['id', 'id_2'])
    expect(doubled.warnings).toMatchObject([{ field: 'header' }])
  })

  test('a file of two gigabytes is looked at without being read whole', async () => {
    let readBytes = 0
    const line = new TextEncoder().encode('12345678,abcdefg\n'.repeat(64))
    const huge: ByteSource = {
      size: 2_147_483_648,
      read: async (start, end) => {
        readBytes += end - start
        const piece = new Uint8Array(end - start)
        for (let at = 0; at < piece.length; at++) piece[at] = line[(start + at) % line.length]!
        return piece
      },
    }
    const { rowEstimate, isExact } = await previewFile('huge.csv', huge, null)
    expect(isExact).toBe(false)
    expect(rowEstimate).toBeGreaterThan(120_000_000)
    expect(readBytes).toBeLessThan(2_000_000)
  })
})
