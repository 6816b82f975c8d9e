import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

const compressible = /\.(js|css|html|svg|json|txt)$/

/** Below this a header costs more than it saves. */
const minBytes = 1_024

/** Writes `.br` and `.gz` beside each text file of the build, so that a broker compresses nothing while it serves. */
export function precompress(): Plugin {
  return {
    name: 'yak:precompress',
    apply: 'build',
    enforce: 'post',
    writeBundle: {
      sequential: true,
      order: 'post',
      async handler(options) {
        const folder = options.dir ?? 'dist'
        for (const name of await readdir(folder, { recursive: true })) {
          if (!compressible.test(name)) continue
          const path = join(folder, name)
          const bytes = await readFile(path)
          if (bytes.length < minBytes) continue
          const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
          const [br, gz] = await Promise.all([toBrotli(bytes, { params }), toGzip(bytes, { level: 9 })])
          await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)])
        }
      },
    },
  }
}
