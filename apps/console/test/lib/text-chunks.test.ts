import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textChunks } from '../../src/lib/text-chunks.ts'

test('pieces are the text, each of one character at least, and none ends within a character', () => {
  const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\r\n', '🦬', 'x'.repeat(70)))
  fc.assert(
    fc.property(
      fc.array(part),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 50 }),
      (parts, columns, size) => {
        const text = parts.join('')
        const chunks = textChunks(text, columns, (character) => (character > '\u2e80' ? 2 : 1), size)
        expect(chunks.map((chunk) => chunk.text).join('')).toBe(text)
        for (const [index, { start, text: piece }] of chunks.entries()) {
          expect(text.startsWith(piece, start)).toBe(true)
          expect(piece.length).toBeGreaterThan(0)
          if (index > 0) expect(text.slice(start - 1, start + 1)).not.toMatch(/^[\ud800-\udbff][\udc00-\udfff]$/)
        }
      },
    ),
  )
})

test('a line that goes on is cut where a row is full, others at their ends', () => {
  expect(textChunks('x'.repeat(100), 30, undefined, 64).map(({ text, lines }) => [text.length, lines])).toEqual([
    [60, 2],
    [40, 2],
  ])
  const rows = 'abc\n'.repeat(20)
  expect(textChunks(rows, 30, undefined, 42).map(({ text, lines }) => [text.length, lines])).toEqual([
    [40, 10],
    [40, 10],
  ])
  // A line that ends where a row is full: its end belongs to it.
  expect(textChunks(`${'x'.repeat(60)}\ny`, 30, undefined, 60).map(({ text }) => text.length)).toEqual([61, 1])
})

test('rows of wide characters are full as well', () => {
  const wide = (character: string) => (character > '\u2e80' ? 5 / 3 : 1)
  const lengths = (text: string, columns: number) =>
    textChunks(text, columns, wide, 64).map(({ text, lines }) => [text.length, lines])
  // Six of them in ten columns, and the seventh has no room.
  expect(lengths('漢'.repeat(100), 10)).toEqual([
    [60, 10],
    [40, 7],
  ])
  // A row is as full as it gets where narrow ones stand between them.
  expect(lengths('漢ab'.repeat(40), 10.9)).toEqual([
    [56, 7],
    [64, 8],
  ])
  // What is drawn over another, and what is joined to it, takes no room.
  expect(lengths('e\u0301'.repeat(50), 10)).toEqual([
    [60, 3],
    [40, 2],
  ])
  expect(lengths('👩\u200d👧'.repeat(20), 5)[0]).toEqual([60, 4])
})
