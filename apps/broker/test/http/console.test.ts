import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { freePort } from '@yak/election/testing'
import { expect, test } from 'vitest'
import { runningBroker } from '../running-broker.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const page = '<!doctype html><title>YAK</title>'
const script = `console.log('${'x'.repeat(2_000)}')`

async function builtConsole(): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), page)
  await writeFile(join(folder, 'theme.js'), 'theme')
  await writeFile(join(folder, 'assets/main-4f2c.js'), script)
  await writeFile(join(folder, 'assets/main-4f2c.js.br'), brotliCompressSync(script))
  return folder
}

test('every path that is no file is the page, with a policy that names the cluster and nobody else', async () => {
  const consoleDir = await builtConsole()
  const port = await freePort()
  await runningBroker({ port, advertise: 'https://yak.example:5443' }, { consoleDir })
  for (const path of ['/console/', '/console/topics', '/console/topics/my.topic/0/1042', '/console/timeline?p=2']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    expect(response.status, path).toBe(200)
    expect(await response.text()).toBe(page)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('referrer-policy')).toBe('same-origin')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain(`default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:`)
    expect(policy).toContain(
      `connect-src 'self' ws://127.0.0.1:${port} wss://127.0.0.1:${port} https://yak.example:5443 wss://yak.example:5443;`,
    )
    expect(policy).not.toContain('unsafe')
  }
  for (const path of ['/', '/leader', '/console']) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
    expect(response.headers.get('location'), path).toBe('/console/')
  }
})

test('assets are kept for ever and sent compressed; what is not there is told', async () => {
  const broker = await runningBroker({}, { consoleDir: await builtConsole() })
  const asset = await fetch(`${broker.url}/console/assets/main-4f2c.js`, { headers: { 'accept-encoding': 'br' } })
  expect(asset.status).toBe(200)
  expect(asset.headers.get('content-encoding')).toBe('br')
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(asset.headers.get('content-type')).toMatch(/javascript/)
  expect(asset.headers.get('vary')).toContain('accept-encoding')
  expect(await asset.text()).toBe(script)
  const plain = await fetch(`${broker.url}/console/assets/main-4f2c.js`, { headers: { 'accept-encoding': 'identity' } })
  expect(plain.headers.get('content-encoding')).toBeNull()
  expect(await plain.text()).toBe(script)
  expect(await (await fetch(`${broker.url}/console/theme.js`)).text()).toBe('theme')
  for (const path of [
    'assets/gone.js',
    'gone.js',
    'assets/%2e%2e/%2e%2e/cluster.json',
    'assets/..%2f..%2fcluster.json',
    'assets//main-4f2c.js',
    'assets/.hidden',
    'assets/',
  ]) {
    const missing = await fetch(`${broker.url}/console/${path}`)
    expect(missing.status, path).toBe(404)
    expect(missing.headers.get('cache-control') ?? '', path).not.toContain('immutable')
    expect(await missing.json(), path).toMatchObject({ code: 'NOT_FOUND' })
  }
})

test('a console that is not built says how to build it, and is there once it is', async () => {
  const consoleDir = join(await temporaryFolder(), 'dist')
  const broker = await runningBroker({}, { consoleDir })
  const response = await fetch(`${broker.url}/console/topics`)
  expect(response.status).toBe(503)
  expect(response.headers.get('content-type')).toMatch(/^text\/html/)
  expect(await response.text()).toContain('npx -y pnpm --filter @yak/console build')
  await mkdir(consoleDir)
  await writeFile(join(consoleDir, 'index.html'), page)
  expect(await (await fetch(`${broker.url}/console/topics`)).text()).toBe(page)
})
