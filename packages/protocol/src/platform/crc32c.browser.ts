/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) in plain JavaScript, eight bytes a step ("slicing by 8"). Browsers
 * use it, and Node where the native package has no binary.
 */
const POLYNOMIAL = 0x82f63b78
const TABLES: readonly Int32Array[] = buildTables()

function buildTables(): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256))
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[0]![byte] = crc
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let slice = 1; slice < 8; slice++) {
      const before = tables[slice - 1]![byte]!
      tables[slice]![byte] = (before >>> 8) ^ tables[0]![before & 0xff]!
    }
  }
  return tables
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** The CRC-32C of `bytes[start, end)`; `seed` is the CRC of what comes before them. */
export function crc32cOfRange(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let crc = ~seed
  let position = start
  for (const stepsEnd = end - 7; position < stepsEnd; position += 8) {
    crc ^= bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24)
    crc =
      T7[crc & 0xff]! ^
      T6[(crc >>> 8) & 0xff]! ^
      T5[(crc >>> 16) & 0xff]! ^
      T4[crc >>> 24]! ^
      T3[bytes[position + 4]!]! ^
      T2[bytes[position + 5]!]! ^
      T1[bytes[position + 6]!]! ^
      T0[bytes[position + 7]!]!
  }
  for (; position < end; position++) crc = (crc >>> 8) ^ T0[(crc ^ bytes[position]!) & 0xff]!
  return ~crc >>> 0
}
