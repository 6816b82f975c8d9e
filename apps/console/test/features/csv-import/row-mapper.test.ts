import { describe, expect, test } from 'vitest'
import { badRowOf, badRowsCsv } from '../../../src/features/csv-import/bad-row.ts'
import { type ColumnType, kindsOf, typeOfKinds } from '../../../src/features/csv-import/cell-kinds.ts'
import { RowChecker } from '../../../src/features/csv-import/check-rows.ts'
import { KeyPartitions } from '../../../src/features/csv-import/key-partitions.ts'
import { firstMapping, type Mapping, mappingFaults } from '../../../src/features/csv-import/mapping.ts'
import { ColumnProfiler } from '../../../src/features/csv-import/profile-columns.ts'
import { RowMapper } from '../../../src/features/csv-import/row-mapper.ts'

const row = (...fields: string[]) => ({ fields, line: 2, problem: null })
const mappingOf = (columns: Readonly<Record<string, ColumnType>>, change: Partial<Mapping> = {}): Mapping => ({
  ...firstMapping(Object.keys(columns), Object.values(columns)),
  key: { kind: 'none' },
  ...change,
})
const valueFor = (mapping: Mapping, ...fields: string[]) => {
  const mapper = new RowMapper(mapping)
  return mapper.map(row(...fields)) ? mapper.value : mapper.problem
}

describe('types', () => {
  test.each<[string, ColumnType]>([
    ['0', 'integer'],
    ['-12', 'integer'],
    ['9007199254740993', 'integer'],
    ['007', 'string'],
    ['1.0', 'decimal'],
    ['1e400', 'decimal'],
    ['1.', 'string'],
    ['+1', 'string'],
    ['TRUE', 'boolean'],
    ['yes', 'string'],
    ['2013-10-09 16:25:00', 'date'],
    ['2013-13-09', 'string'],
    ['{"a":1}', 'json'],
    ['{a}', 'string'],
    ['', 'string'],
  ])('%j is %s', (cell, type) => {
    expect(typeOfKinds(kindsOf(cell))).toBe(type)
  })

  test('a column is what all its cells are, over the whole file', () => {
    const profiler = new ColumnProfiler(['a', 'b', 'c', 'd'])
    profiler.add(row('1', '01', '', '9007199254740993'))
    profiler.add(row('2.5', '02', '', '1'))
    profiler.add(row('', '03', '', '2'))
    profiler.add(row('ragged'))
    const [a, b, c, d] = profiler.result()
    expect(a).toMatchObject({ type: 'decimal', filled: 2, samples: ['1', '2.5'] })
    expect(b).toMatchObject({ type: 'string', hasLeadingZeros: true })
    expect(c).toMatchObject({ type: 'string', filled: 0 })
    expect(d).toMatchObject({ type: 'integer', hasLongNumbers: true })
  })
})

describe('values', () => {
  test('digits stay as they are in the file', () => {
    const mapping = mappingOf({ id: 'integer', price: 'decimal', zip: 'string' })
    expect(valueFor(mapping, '12345678901234567890', '1.0', '007')).toBe(
      '{"id":12345678901234567890,"price":1.0,"zip":"007"}',
    )
  })

  test('text is escaped as JSON asks, also where it is only half a character', () => {
    const mapping = mappingOf({ a: 'string' })
    for (const text of ['say "hi"', 'back\\slash', 'line\nbreak', '\u0001', '\ud800', 'Größe 🦬']) {
      expect(valueFor(mapping, text)).toBe(JSON.stringify({ a: text }))
    }
  })

  test('dots nest, columns can be left out and renamed', () => {
    const mapping = mappingOf({ 'user.id': 'integer', total: 'decimal', 'user.name': 'string', secret: 'string' })
    const columns = mapping.columns.map((column) =>
      column.header === 'secret' ? { ...column, isIncluded: false } : column,
    )
    expect(valueFor({ ...mapping, columns }, '1', '2.50', 'Grete', 'x')).toBe(
      '{"user":{"id":1,"name":"Grete"},"total":2.50}',
    )
  })

  test('empty cells are null or empty text, or left out', () => {
    const columns = { a: 'integer', b: 'string', 'c.d': 'boolean' } as const
    expect(valueFor(mappingOf(columns), '', '', '')).toBe('{"a":null,"b":"","c":{"d":null}}')
    expect(valueFor(mappingOf(columns, { empty: 'omit' }), '', 'x', '')).toBe('{"b":"x"}')
    expect(valueFor(mappingOf(columns, { empty: 'omit' }), '', '', '')).toBe('{}')
  })

  test('booleans are lower case, JSON goes in as it is', () => {
    expect(valueFor(mappingOf({ a: 'boolean', b: 'json' }), 'TRUE', '{"x": 1.0}')).toBe('{"a":true,"b":{"x": 1.0}}')
  })

  test('what does not fit names column, value and what is wrong', () => {
    expect(valueFor(mappingOf({ a: 'integer' }), '1.5')).toMatchObject({
      column: 0,
      value: '1.5',
      code: 'CSV_ROW_INVALID',
    })
    expect(valueFor(mappingOf({ a: 'json' }), '{"a":\n 1,}')).toMatchObject({
      code: 'INVALID_JSON',
      text: expect.stringMatching(/line 2, column \d/),
    })
    expect(valueFor(mappingOf({ a: 'string', b: 'string' }), 'x')).toMatchObject({
      reason: 'too few fields',
      text: 'It has 1 field, and there are 2 columns.',
    })
    expect(valueFor(mappingOf({ a: 'string' }), 'x'.repeat(1_048_577))).toMatchObject({ code: 'RECORD_TOO_LARGE' })
  })
})

describe('keys', () => {
  const keyOf = (mapping: Mapping, ...fields: string[]) => {
    const mapper = new RowMapper(mapping)
    return mapper.map(row(...fields)) ? mapper.key : mapper.problem?.code
  }

  test('of a column, of a template, and none', () => {
    const columns = { host: 'string', metric: 'string' } as const
    expect(keyOf(mappingOf(columns), 'a', 'b')).toBeNull()
    expect(keyOf(mappingOf(columns, { key: { kind: 'column', column: 1 } }), 'a', 'b')).toBe('b')
    const template = mappingOf(columns, { key: { kind: 'template', template: 'x/{host}/{metric}' } })
    expect(keyOf(template, 'a', 'b')).toBe('x/a/b')
    expect(keyOf(template, 'a', '')).toBe('KEY_FIELD_NOT_FOUND')
    expect(keyOf(mappingOf(columns, { key: { kind: 'column', column: 0 } }), '', 'b')).toBe('KEY_FIELD_NOT_FOUND')
  })

  test('rows without one fill partitions in runs, the same at every reading', () => {
    const partitions = new KeyPartitions(3)
    expect([0, 1_023, 1_024, 2_048, 3_072].map((each) => partitions.of(null, each))).toEqual([0, 0, 1, 2, 0])
    // Kafka's murmur2, as every client.
    expect(partitions.of('customer-7', 0)).toBe(new KeyPartitions(3).of('customer-7', 99))
  })
})

describe('faults of a mapping', () => {
  const faultsOf = (names: readonly string[], change: Partial<Mapping> = {}) => {
    const mapping = mappingOf({ a: 'string', b: 'string', c: 'string' }, change)
    return mappingFaults({
      ...mapping,
      columns: mapping.columns.map((column, index) => ({ ...column, name: names[index] ?? column.name })),
    })
  }

  test('twice the same, nothing, and a name that is value and object at once', () => {
    expect([...faultsOf(['x', 'x']).columns.keys()]).toEqual([0, 1])
    expect(faultsOf(['', 'y']).columns.get(0)).toBe('Give it a name.')
    expect(faultsOf(['user', 'user.id']).columns.get(1)).toMatch(/column of its own/)
    expect(faultsOf(['user.id', 'user']).columns.get(1)).toMatch(/also an object/)
    expect(faultsOf(['x.', 'y']).columns.get(0)).toMatch(/between two dots/)
    expect(faultsOf(['a.b', 'a.c', 'd']).columns.size).toBe(0)
  })

  test('a template without a column, or with one that is not there', () => {
    expect(faultsOf([], { key: { kind: 'template', template: 'x' } }).key).toMatch(/in braces/)
    expect(faultsOf([], { key: { kind: 'template', template: '{nope}' } }).key).toBe('There is no column {nope}.')
  })

  test('the first mapping of any headers has none', () => {
    for (const headers of [
      ['user', 'user.id'],
      ['a.b', 'a.b.c'],
      ['.', '..'],
      ['id', 'x.y', 'x.z'],
    ]) {
      expect(mappingFaults(firstMapping(headers, [])).columns.size).toBe(0)
    }
  })
})

test('the dry pass counts rows by reason, partitions and keys, and keeps the first hundred bad ones', () => {
  const checker = new RowChecker(
    mappingOf({ id: 'integer', host: 'string' }, { key: { kind: 'column', column: 1 } }),
    3,
  )
  for (let id = 0; id < 500; id++) checker.add(row(String(id), id < 300 ? 'hot' : `host-${id}`))
  for (let id = 0; id < 150; id++) checker.add(row('x', 'a'))
  checker.add(row('1', ''))
  const result = checker.result()
  expect(result).toMatchObject({ rowCount: 651, okCount: 500, topKey: { key: 'hot', count: 300 }, distinctKeys: 201 })
  expect(result.problems.map(({ reason, count }) => [reason, count])).toEqual([
    ['no whole number', 150],
    ['no key', 1],
  ])
  expect(result.badRows).toHaveLength(100)
  expect(result.histogram.reduce((sum, count) => sum + count, 0)).toBe(500)
  expect(result.sizeBytes).toBeGreaterThan(500 * 20)
})

test('rows that were not sent become CSV with their cells, and what was wrong behind them', () => {
  const problem = { code: 'CSV_ROW_INVALID', reason: 'x', text: 'It is no number.', column: 1, value: 'n"n' } as const
  const bad = badRowOf({ fields: ['a, b', 'n"n'], line: 7, problem: null }, 5, problem, ['name', 'total'])
  expect(badRowsCsv(['name', 'total'], [bad])).toBe(
    'name,total,import_line,import_error\r\n"a, b","n""n",7,CSV_ROW_INVALID: total: It is no number.\r\n',
  )
})
