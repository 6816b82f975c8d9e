import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvField } from '../../../src/features/csv-import/bad-row.ts'
import { CsvSplitter } from '../../../src/features/csv-import/csv-splitter.ts'

const split = (pieces: readonly string[], delimiter = ',', quote = '"') => {
  const splitter = new CsvSplitter({ delimiter, quote })
  return pieces.flatMap((piece, index) => splitter.push(piece, index === pieces.length - 1))
}
const fieldsOf = (text: string) => split([text]).map(({ fields }) => fields)

describe('rows', () => {
  test('line breaks may be mixed, and blank lines hold no row', () => {
    expect(fieldsOf('a,b\r\n1,2\n\r\n\n3,4')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
    ])
    expect(fieldsOf('a,b\r1,2\r')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  })

  test('quoted fields hold delimiters, quotes and line breaks, which count as lines', () => {
    const rows = split(['id,text\n1,"a, ""b""\nc"\n2,d\n'])
    expect(rows.map(({ fields, line }) => ({ fields, line }))).toEqual([
      { fields: ['id', 'text'], line: 1 },
      { fields: ['1', 'a, "b"\nc'], line: 2 },
      { fields: ['2', 'd'], line: 4 },
    ])
  })

  test('another delimiter and quote', () => {
    expect(split(["a;'b;c'\n"], ';', "'").map(({ fields }) => fields)).toEqual([['a', 'b;c']])
  })

  test('a row with broken quoting costs one row, and says what is wrong', () => {
    const rows = split(['id,text\n1,"a"b\n2,"fine"\n3,"never closed\n4,x\n'])
    expect(rows.map(({ line, problem, fields }) => [line, problem === null ? fields : problem])).toEqual([
      [1, ['id', 'text']],
      [2, 'text stands behind the closing quote of a field; a quote inside a quoted field is written twice'],
      [3, ['2', 'fine']],
      [4, 'a quote opens a field and never closes it'],
      [5, ['4', 'x']],
    ])
    expect(rows[1]!.fields).toEqual(['1,"a"b'])
  })

  test('a quote that is never closed gathers no more than the longest row', () => {
    const splitter = new CsvSplitter({ delimiter: ',', quote: '"' })
    splitter.push('a,b\n1,"', false)
    const rows = Array.from({ length: 6 }, () => splitter.push(`${'x,y\n'.repeat(262_144)}`, false)).flat()
    expect(rows.find(({ problem }) => problem !== null)).toMatchObject({ line: 2 })
    expect(rows.length).toBeGreaterThan(1_000)
  })
})

describe('pieces', () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '\n', 'ä', ' ', '0') })
  const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 12 })

  test('what is written as CSV is read as it was, wherever it is cut', () => {
    fc.assert(
      fc.property(table, fc.array(fc.nat(), { maxLength: 6 }), (rows, cuts) => {
        const text = rows.map((fields) => fields.map((each) => csvField(each, ',')).join(',')).join('\n')
        expect(split(piecesOf(text, cuts)).map(({ fields }) => fields)).toEqual(rows)
      }),
    )
  })

  test('rows, lines and faults of any text do not depend on where it is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '"', ',', '\n', '\n', '\r', ' '), maxLength: 80 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 6 }), (tail, cuts) => {
        // The kind of line break is decided by the first one, as in a file's first piece.
        const whole = `x,y\n${tail}`
        expect(split(['x,y\n', ...piecesOf(tail, cuts)])).toEqual(split([whole]))
      }),
      { numRuns: 2_000 },
    )
  })
})

function piecesOf(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return places.slice(1).map((end, index) => text.slice(places[index], end))
}
