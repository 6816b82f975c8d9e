import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RedisLeaseStore } from '../../src/redis/redis-lease-store.ts'
import { freePort } from '../../src/testing/free-port.ts'
import { isRedisServerInstalled, RedisServerProcess } from '../../src/testing/redis-server-process.ts'
import { untilStatus } from '../until-status.ts'

const openssl = 'openssl'
const hasOpenssl = spawnSync(openssl, ['version']).status === 0
if (!hasOpenssl && process.env.CI) throw new Error('CI has no openssl. Install it: apt-get install openssl')
if (!hasOpenssl) console.warn('\n*** openssl IS NOT THERE: TLS is not tested. ***\n')

describe.skipIf(!isRedisServerInstalled() || !hasOpenssl)('Redis with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yak-tls-'))
  const certificate = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  let server: RedisServerProcess
  let tlsPort: number
  beforeAll(async () => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const files = ['-keyout', key, '-out', certificate]
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    spawnSync(openssl, ['req', '-x509', ...newKey, '-days', '1', ...subject, ...files])
    tlsPort = await freePort()
    const tls = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate]
    server = await RedisServerProcess.start({
      args: ['--tls-port', String(tlsPort), ...tls, '--tls-auth-clients', 'no'],
    })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true })
  })

  test('rediss:// with the authority given', async () => {
    const url = `rediss://localhost:${tlsPort}`
    const store = await RedisLeaseStore.open({ url, tls: { ca: readFileSync(certificate) } })
    expect(store.status).toMatchObject({ isConnected: true, problem: undefined })
    const candidate = { id: 'a', incarnation: '1' }
    expect((await store.acquire({ group: 'g', candidate, ttlMs: 1000 })).acquired).toBe(true)
    await store.close()
  })

  test('rediss+sentinel://: to the Sentinel too, which asks for a password', async () => {
    const port = await freePort()
    const tls = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate]
    await using _sentinel = await RedisServerProcess.start({
      args: [
        ...tls,
        '--tls-port',
        String(port),
        '--tls-auth-clients',
        'no',
        '--tls-replication',
        'yes',
        '--requirepass',
        'pw',
      ],
      password: 'pw',
      sentinelOf: { name: 'mymaster', port: tlsPort },
    })
    const url = `rediss+sentinel://127.0.0.1:${port}/mymaster?sentinel-password=pw`
    const store = await RedisLeaseStore.open({ url, tls: { ca: readFileSync(certificate) } })
    await untilStatus(store, ({ isConnected }) => isConnected)
    expect((await store.read('behind')).record.epoch).toBe(0)
    await store.close()
  })

  test('a certificate that nobody trusts is refused and named', async () => {
    const store = await RedisLeaseStore.open({ url: `rediss://localhost:${tlsPort}` })
    expect(store.status.problem?.code).toBe('COORDINATOR_INVALID')
    expect(store.status.problem?.message).toMatch(
      /certificate is not trusted: give the authority that signed it \(tls\.ca, or NODE_EXTRA_CA_CERTS\)/,
    )
    await store.close()
  })

  test('a plain connection to the TLS port', async () => {
    const store = await RedisLeaseStore.open({ url: `redis://localhost:${tlsPort}`, connectTimeoutMs: 500 })
    expect(store.status.isConnected).toBe(false)
    expect(store.status.problem?.message).toContain('does it ask for TLS?')
    await store.close()
  })
})
