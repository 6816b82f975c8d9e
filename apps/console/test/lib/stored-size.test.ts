import { utf8SizeBytes } from '@yak/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storedSizeBytes } from '../../src/lib/stored-size.ts'

test('a text has as many bytes as its encoding', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\0', 'ü', '€', '🦬', '\ud83e', '\uddac') }), (text) => {
      expect(utf8SizeBytes(text)).toBe(new TextEncoder().encode(text).length)
    }),
  )
})

test('base64 stands for fewer bytes than it has characters', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(storedSizeBytes(Buffer.from(bytes).toString('base64'), 'base64')).toBe(bytes.length)
    }),
  )
})
