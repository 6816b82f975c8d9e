import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fetchRequest, fetchResponse } from './messages.ts'
import { ReplicaNode } from './replica-node.ts'
import { startReplicaServer } from './replica-server.ts'

const openssl = 'openssl'
const hasOpenssl = spawnSync(openssl, ['version']).status === 0
if (!hasOpenssl && process.env.CI) throw new Error('CI has no openssl. Install it: apt-get install openssl')
if (!hasOpenssl) console.warn('\n*** openssl IS NOT THERE: TLS is not tested. ***\n')

test.skipIf(!hasOpenssl)('a peer behind TLS is fetched from, once its certificate is trusted', async () => {
  const folder = await temporaryFolder()
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  spawnSync(openssl, ['req', '-x509', ...newKey, ...subject, '-keyout', keyFile, '-out', certificateFile])
  const certificate = readFileSync(certificateFile, 'utf8')

  const b = new ReplicaNode('b').attach()
  const plain = await startReplicaServer({ replicaInbox: b.network })
  const secure = createServer({ key: readFileSync(keyFile), cert: certificate }, (request, response) => {
    plain.app.server.emit('request', request, response)
  })
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(secure.address() as AddressInfo).port}`
  const a = new ReplicaNode('a', { b: url }, 2_000).attach()
  const authorities = getCACertificates('default')
  onTestFinished(async () => {
    setDefaultCACertificates(authorities)
    await a.close()
    await b.close()
    secure.closeAllConnections()
    secure.close()
    await plain.close()
  })
  await expect.poll(() => a.network.problems.get('b')).toMatch(/self-signed certificate/)

  setDefaultCACertificates([...authorities, certificate])
  await expect.poll(() => a.network.problems.size).toBe(0)
  const batches = Buffer.alloc(3_000_000, 'batches')
  b.onMessage = () => b.network.send('a', fetchResponse('b', 1, batches))
  a.network.send('b', fetchRequest('a', 1))
  await expect.poll(() => a.received.length).toBe(1)
  const [answer] = a.received
  const [result] = answer?.type === 'fetch-response' ? answer.results : []
  expect(result?.type === 'batches' && Buffer.compare(result.batches, batches)).toBe(0)
})

test('a URL with https:// that leads to a broker itself is told to be that', async () => {
  const b = new ReplicaNode('b').attach()
  const plain = await startReplicaServer({ replicaInbox: b.network })
  const a = new ReplicaNode('a', { b: plain.url.replace('http:', 'https:') }, 2_000).attach()
  onTestFinished(async () => {
    await a.close()
    await b.close()
    await plain.close()
  })
  await expect
    .poll(() => a.network.problems.get('b'))
    .toMatch(
      /^Broker b does not answer at https:\S+ \(what listens there does not speak TLS: for a broker itself write http:\/\/\)\. /,
    )
})
