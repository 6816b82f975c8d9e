import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const readingCount = 67_740
const fileName = 'server_metrics.csv'
const sharedFolder = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/**
 * The file of real readings: in the folder YAK_DATA_DIR names, or in `shared/data` beside the repository. Where it is not
 * there, one of the same shape is made in `folder`, and said so loudly: the test is then of the same size, and not of the
 * same truth.
 */
export async function serverMetricsFile(folder: string): Promise<string> {
  for (const place of [process.env.YAK_DATA_DIR, sharedFolder]) {
    if (place === undefined) continue
    const path = join(place, fileName)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  console.warn(
    `\n*** ${fileName} IS NOT THERE (looked in YAK_DATA_DIR and in ${sharedFolder}): ` +
      `this run uses ${readingCount} MADE-UP readings of the same shape instead of the real ones. ***\n`,
  )
  const path = join(folder, fileName)
  await writeFile(path, madeUpReadings())
  return path
}

/** 17 hosts, sorted by time, five minutes apart, CRLF: always the same bytes. */
function madeUpReadings(): string {
  const hosts = Array.from(
    { length: 17 },
    (_, index) => `${['ec2', 'rds', 'elb'][index % 3]}-${(0x1ef3de * (index + 1)).toString(16).slice(-6)}`,
  )
  const metrics = ['cpu_utilization', 'network_in', 'disk_write_bytes', 'request_count']
  const start = Date.UTC(2013, 9, 9, 16, 25)
  const lines = Array.from({ length: readingCount }, (_, index) => {
    const time = new Date(start + Math.floor(index / hosts.length) * 300_000).toISOString()
    const value = ((index * 7_919) % 1_000_003) / 8
    return `${time.slice(0, 10)} ${time.slice(11, 19)},${hosts[index % hosts.length]},${metrics[index % metrics.length]},${value.toFixed(index % 4)}\r\n`
  })
  return `timestamp,host,metric,value\r\n${lines.join('')}`
}

export interface Reading {
  readonly timestamp: string
  readonly host: string
  readonly metric: string
  readonly value: string
}

/** Read apart from the command line's own CSV reader: these files have no quotes. */
export function readingsOf(text: string): Reading[] {
  const [header, ...rows] = text.trimEnd().split('\r\n')
  if (header !== 'timestamp,host,metric,value') throw new Error(`${fileName} begins with ${JSON.stringify(header)}`)
  return rows.map((row) => {
    const [timestamp, host, metric, value] = row.split(',') as [string, string, string, string]
    return { timestamp, host, metric, value }
  })
}
