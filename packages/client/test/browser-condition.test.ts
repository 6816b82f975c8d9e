import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

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
  const flags = ['--conditions=browser', '--conditions=@yak/source', '--input-type=module', '--eval', code]
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: join(import.meta.dirname, '..') })
  expect(stdout.trim().split('\n')).toEqual([
    'taken',
    'TypeError: `compression` is one of none, not "gzip".',
    'TypeError: `compression` is one of none, not "zstd".',
  ])
})
