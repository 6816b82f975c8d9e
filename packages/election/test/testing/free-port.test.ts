import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../src/testing/free-port.ts'

const rangeFile = '/proc/sys/net/ipv4/ip_local_port_range'
const handedOutFrom = existsSync(rangeFile) ? Number(readFileSync(rangeFile, 'utf8').split(/\s+/)[0]) : 49_152

test('a free port is none that the system hands out by itself, and none twice', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()))
  expect(new Set(ports).size).toBe(200)
  expect(Math.max(...ports)).toBeLessThan(handedOutFrom)
  const server = createServer().listen(ports[0], '127.0.0.1')
  await once(server, 'listening')
  expect((server.address() as AddressInfo).port).toBe(ports[0])
  server.close()
})
