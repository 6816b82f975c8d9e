import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const rowsPerPiece = 10_000
const hosts = Array.from({ length: 100 }, (_, index) => `host-${(0x1ef3de * (index + 1)).toString(16).slice(-6)}`)
const metrics = ['cpu_utilization', 'network_in', 'disk_write_bytes', 'request_count']

/** Writes readings of servers with the number of each row in it, always the same bytes; resolves with the size of the file. */
export async function writeLoadFile(path: string, rowCount: number): Promise<number> {
  await pipeline(Readable.from(pieces(rowCount)), createWriteStream(path))
  return (await stat(path)).size
}

function* pieces(rowCount: number): Generator<string> {
  yield 'row,timestamp,host,metric,value\r\n'
  const start = Date.UTC(2026, 0, 1)
  for (let row = 0; row < rowCount; ) {
    let piece = ''
    for (const end = Math.min(rowCount, row + rowsPerPiece); row < end; row++) {
      const time = new Date(start + Math.floor(row / hosts.length) * 1_000).toISOString()
      const value = (((row * 7_919) % 1_000_003) / 8).toFixed(row % 4)
      piece += `${row},${time},${hosts[row % hosts.length]},${metrics[row % metrics.length]},${value}\r\n`
    }
    yield piece
  }
}
