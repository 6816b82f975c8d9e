/**
 * The limit beside which YAK is measured: node:http and node:fs with the same bytes and nothing else. POST /append stores a body
 * and answers after fdatasync (what arrives meanwhile goes into the next sync, as in any sane log). GET /read?position&bytes gives
 * bytes of the file back. No checks, no offsets, no formats: what is left is the platform.
 */
import { open } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { join } from 'node:path'

const [port, folder] = process.argv.slice(2)
const file = await open(join(folder!, 'bare.log'), 'w+')
let waiting: { readonly body: Buffer; readonly response: ServerResponse }[] = []
let writing = false
let end = 0

async function commit(): Promise<void> {
  writing = true
  while (waiting.length > 0) {
    const group = waiting
    waiting = []
    const { bytesWritten } = await file.writev(
      group.map(({ body }) => body),
      end,
    )
    await file.datasync()
    end += bytesWritten
    for (const { response } of group) response.end()
  }
  writing = false
}

createServer((request, response) => {
  const url = new URL(request.url!, 'http://bare')
  if (url.pathname === '/append') {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      waiting.push({ body: Buffer.concat(chunks), response })
      if (!writing) void commit()
    })
  } else if (url.pathname === '/read') {
    const bytes = Number(url.searchParams.get('bytes'))
    const buffer = Buffer.allocUnsafe(bytes)
    void file.read(buffer, 0, bytes, Number(url.searchParams.get('position'))).then(({ bytesRead }) => {
      response.end(buffer.subarray(0, bytesRead))
    })
  } else {
    response.end()
  }
}).listen(Number(port), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
