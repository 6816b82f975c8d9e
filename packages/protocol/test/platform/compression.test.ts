import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { YakError } from '../../src/index.ts'
import * as browser from '../../src/platform/compression.browser.ts'
import { compress, decompress } from '../../src/platform/compression.node.ts'

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (YakError.is(error)) return error.code
    throw error
  }
  return 'no error'
}

describe.each(['gzip', 'zstd'] as const)('%s', (compression) => {
  const packed = compress(compression, Buffer.from('yak '.repeat(1_000)))

  test('gives back what was packed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000, size: 'max' }), (bytes) => {
        const unpacked = decompress(compression, compress(compression, bytes), bytes.length + 1)
        expect(Buffer.compare(unpacked, bytes)).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  test('stops at the bound, and not before', () => {
    expect(decompress(compression, packed, 4_000)).toHaveLength(4_000)
    expect(codeOf(() => decompress(compression, packed, 3_999))).toBe('DECOMPRESSED_TOO_LARGE')
  })

  test('a bomb never unfolds', () => {
    const bomb = (compression === 'gzip' ? gzipSync : zstdCompressSync)(Buffer.alloc(64 * 1_048_576))
    const before = process.memoryUsage().arrayBuffers
    expect(codeOf(() => decompress(compression, bomb, 1_048_576))).toBe('DECOMPRESSED_TOO_LARGE')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1_048_576)
  })

  test('never gives the whole of what is cut off', () => {
    for (let cut = 1; cut < packed.length; cut++) {
      try {
        // In Node 22 zstd gives what it has of a frame without an end; the batch's count of records finds that out.
        expect(decompress(compression, packed.subarray(0, -cut), 1e6).length).toBeLessThan(4_000)
      } catch (error) {
        expect(YakError.is(error, 'CORRUPT_BATCH')).toBe(true)
      }
    }
  })

  test('refuses what follows its end, or is something else', () => {
    expect(codeOf(() => decompress(compression, Buffer.concat([packed, Buffer.alloc(1)]), 1e6))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => decompress(compression, Buffer.concat([packed, Buffer.from('x')]), 1e6))).toBe('CORRUPT_BATCH')
    expect(codeOf(() => decompress(compression, Buffer.from('not packed'), 1e6))).toBe('CORRUPT_BATCH')
  })

  test('any bytes end in an error of ours', () => {
    const magic = { gzip: [0x1f, 0x8b, 8, 0], zstd: [0x28, 0xb5, 0x2f, 0xfd] }[compression]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        codeOf(() => decompress(compression, Uint8Array.from([...magic, ...bytes]), 10_000))
      }),
      { numRuns: 1_000 },
    )
  })

  test('a browser says that it can not', () => {
    expect(codeOf(() => browser.compress(compression, packed))).toBe('UNSUPPORTED_COMPRESSION')
    expect(codeOf(() => browser.decompress(compression, packed, 1e6))).toBe('UNSUPPORTED_COMPRESSION')
  })
})

test('a zstd frame that asks for a window beyond the bound is refused, however little it holds', () => {
  // Magic, no flags, the window as 2^(10 + bits 3-7), one last raw block of no bytes.
  const frame = (windowLog: number) => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3, 1, 0, 0)
  expect(codeOf(() => decompress('zstd', frame(24), 16_777_216))).toBe('no error')
  expect(codeOf(() => decompress('zstd', frame(25), 16_777_216))).toBe('DECOMPRESSED_TOO_LARGE')
  expect(codeOf(() => decompress('zstd', frame(27), 16_777_216))).toBe('DECOMPRESSED_TOO_LARGE')
})
