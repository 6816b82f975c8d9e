import { describe, expect, test } from 'vitest'
import { ForwardScan } from '../../src/features/messages/range-scan.ts'
import { csvCell, exporter, guarded, messageJson } from '../../src/lib/export-format.ts'
import { readFilter } from '../../src/lib/filter/message-filter.ts'
import { runExport } from '../../src/lib/run-export.ts'
import { message, readerOf } from '../features/messages/in-memory-log.ts'

const exact = message(1, 42, 5, {
  key: 'a,"b"',
  valueText: '{\n  "id": 9007199254740993,\r\n  "v": 1.10, "s": "a\\nb"\n}',
})

describe('JSON', () => {
  test('a message is one line, with every digit of its value', () => {
    const line = messageJson(exact)
    expect(line).not.toMatch(/[\r\n]/)
    expect(line).toContain('"id": 9007199254740993')
    expect(line).toContain('"v": 1.10')
    expect(JSON.parse(line)).toMatchObject({ partition: 1, offset: 42, key: 'a,"b"', value: { s: 'a\nb' } })
  })

  test('an array is one, also of nothing', async () => {
    const format = exporter({ format: 'json', bom: false, guard: true, paths: [] })
    const text = format.head + format.row(exact, 0) + format.row(exact, 1) + format.tail
    expect(JSON.parse(text)).toHaveLength(2)
    expect(JSON.parse(format.head + format.tail)).toEqual([])
  })
})

describe('CSV', () => {
  test('cells are quoted as RFC 4180 says', () => {
    expect(csvCell('plain')).toBe('plain')
    expect(csvCell('a,"b"')).toBe('"a,""b"""')
    expect(csvCell('two\nlines')).toBe('"two\nlines"')
    expect(csvCell(' spaced')).toBe('" spaced"')
  })

  test('what a spreadsheet would run is guarded; numbers are not', () => {
    expect(guarded('=1+1')).toBe("'=1+1")
    expect(guarded('@SUM(A1)')).toBe("'@SUM(A1)")
    expect(guarded('+cmd')).toBe("'+cmd")
    expect(guarded('\t=1')).toBe("'\t=1")
    expect(guarded('-5.25')).toBe('-5.25')
    expect(guarded('-5+A1')).toBe("'-5+A1")
    expect(guarded('a=b')).toBe('a=b')
  })

  test('a line has the columns of the heading, CRLF, and the byte order mark when asked for', () => {
    const format = exporter({ format: 'csv', bom: true, guard: true, paths: ['n'] })
    expect(format.head).toBe('\uFEFFpartition,offset,timestamp,key,keyEncoding,value,encoding,headers,epoch,n\r\n')
    expect(format.row(message(0, 7, 0, { key: '=x' }), 0)).toBe(
      '0,7,1970-01-01T00:00:00.000Z,\'=x,,"{""n"":7}",,,1,7\r\n',
    )
    expect(
      exporter({ format: 'csv', bom: false, guard: false, paths: [] }).row(message(0, 7, -1, { key: '=x' }), 0),
    ).toBe('0,7,,=x,,"{""n"":7}",,,1\r\n')
    expect(format.row(message(0, 7, Number.MAX_SAFE_INTEGER), 0)).toContain('0,7,9007199254740991,')
  })
})

test('of several topics, the topic comes first in CSV', () => {
  const format = exporter({ format: 'csv', bom: false, guard: true, paths: [], topic: true })
  expect(format.head).toMatch(/^topic,partition,offset,/)
  expect(format.row(message(0, 7, 0), 0)).toMatch(/^t,0,7,/)
})

test('messages at hand are written in parts, and it stops between them when it is cancelled', async () => {
  const source = Array.from({ length: 1_200 }, (_, offset) => message(0, offset, offset))
  const write = (abort: AbortController, stopAt: number) =>
    runExport({
      source,
      filter: readFilter(''),
      format: exporter({ format: 'ndjson', bom: false, guard: true, paths: [] }),
      signal: abort.signal,
      onProgress: ({ scanned }) => scanned >= stopAt && abort.abort(),
    })
  const whole = await write(new AbortController(), Number.POSITIVE_INFINITY)
  expect((await whole.file.text()).trimEnd().split('\n')).toHaveLength(1_200)
  const stopped = await write(new AbortController(), 500)
  expect(stopped).toMatchObject({ cancelled: true, progress: { written: 500 } })
})

describe('a whole range', () => {
  const log = [Array.from({ length: 5_000 }, (_, offset) => message(0, offset, offset))]
  const ends = [{ partition: 0, logStartOffset: 0, highWatermark: 5_000 }]
  const format = exporter({ format: 'ndjson', bom: false, guard: true, paths: [] })

  test('is written as it is read, filtered', async () => {
    const source = new ForwardScan(readerOf(log, 500), ends, 'earliest')
    const result = await runExport({
      source,
      filter: readFilter('value.n < 1000'),
      format,
      signal: new AbortController().signal,
      onProgress: () => {},
    })
    const lines = (await result.file.text()).trimEnd().split('\n')
    expect(lines).toHaveLength(1_000)
    expect(lines.map((line) => (JSON.parse(line) as { offset: number }).offset)).toEqual(
      Array.from({ length: 1_000 }, (_, offset) => offset),
    )
    expect(result.progress).toMatchObject({ scanned: 5_000, written: 1_000, bytes: result.file.size })
  })

  test('stops when it is cancelled', async () => {
    const abort = new AbortController()
    const read = readerOf(log, 500)
    const source = new ForwardScan(
      (partition, offset, limit, signal) => {
        if (typeof offset === 'number' && offset >= 1_000) abort.abort()
        signal.throwIfAborted()
        return read(partition, offset, limit, signal)
      },
      ends,
      'earliest',
    )
    const result = await runExport({
      source,
      filter: readFilter(''),
      format,
      signal: abort.signal,
      onProgress: () => {},
    })
    expect(result.cancelled).toBe(true)
    expect(result.progress.scanned).toBe(1_000)
  })
})
