import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** What `code` prints, run in the package's directory with what a browser would get. */
async function linesOf(code: string): Promise<string[]> {
  const flags = ['--conditions=browser', '--conditions=@yak/source', '--input-type=module', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: join(import.meta.dirname, '..') })
  return stdout.trim().split('\n')
}

test('a browser cannot compress, and says so before the first send', async () => {
  const code = `
    const { YakClient } = await import('@yak/client')
    const yak = new YakClient({ brokers: ['http://127.0.0.1:5001'] })
    for (const compression of ['none', 'gzip', 'zstd']) {
      try {
        yak.producer({ compression })
        console.log('taken')
      } catch (error) {
        console.log(error.name + ': ' + error.message)
      }
    }
  `
  expect(await linesOf(code)).toEqual([
    'taken',
    'TypeError: `compression` is one of none, not "gzip".',
    'TypeError: `compression` is one of none, not "zstd".',
  ])
})

test('a byte order mark is a character like any other in a browser too', async () => {
  const code = `
    const { Message } = await import('./src/consumer/message.ts')
    const bytes = new TextEncoder().encode('\\ufeffa')
    const source = { topic: 't', partition: 0, epoch: 1, bytes, codec: 'string' }
    const { key, value, headers } = new Message(source, 0, -1, 0, 4, 0, 4, [{ key: 'h', value: bytes }])
    console.log(JSON.stringify([key, value, headers.h].map((text) => text.length)))
  `
  expect(await linesOf(code)).toEqual(['[2,2,2]'])
})
