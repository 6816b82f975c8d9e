import { expect, test } from 'vitest'
import { call, expectProblem } from './http-json.ts'
import { newTopicName, useTarget } from './target.ts'

const target = useTarget()

test('GET /health', async () => {
  const { status, body } = await call(target, '/health')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    status: 'ok',
    role: 'leader',
    reasons: [],
    leader: { id: body.brokerId },
    coordinator: { connected: true },
  })
  expect(body.isr).toContain(body.brokerId)
  expect(body.epoch).toBeGreaterThan(0)
})

test('GET /metadata/leader and GET /cluster agree with it', async () => {
  const health = (await call(target, '/health')).body
  const { body: leader } = await call(target, '/metadata/leader')
  expect(leader).toEqual({ leader: health.leader, epoch: health.epoch, isr: health.isr })
  const { body: cluster } = await call(target, '/cluster')
  expect(cluster).toMatchObject({ clusterId: health.clusterId, epoch: health.epoch, leader: health.leader })
  expect(cluster.brokers).toContainEqual(expect.objectContaining({ ...health.leader, role: 'leader', alive: true }))
  expect(cluster.asOf).toBeGreaterThan(1_700_000_000_000)
})

test.each(['/', '/leader'])('GET %s leads to the console', async (path) => {
  const { status, headers } = await call(target, path)
  expect(status).toBe(302)
  expect(headers.get('location')).toBe('/console/')
})

test('GET /metrics in both forms, from one registry, counting up', async () => {
  const metric = async (name: string) => {
    const { body } = await call(target, '/metrics')
    return body.metrics.find((found: { name: string }) => found.name === name)
  }
  const before = (await metric('yak_records_produced_total')).value
  await call(target, '/produce', { body: { topic: newTopicName(), value: 1 } })
  expect((await metric('yak_records_produced_total')).value).toBeGreaterThan(before)
  expect((await metric('yak_produce_seconds')).count).toBeGreaterThan(0)
  expect((await metric('yak_sync_seconds')).count).toBeGreaterThan(0)
  const text = await call(target, '/metrics', {
    headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1' },
  })
  expect(text.headers.get('content-type')).toContain('text/plain')
  expect(text.text).toMatch(/^# TYPE yak_records_produced_total counter\nyak_records_produced_total \d+$/m)
  expect(text.text).toMatch(/^yak_produce_seconds_bucket\{le="\+Inf"\} \d+$/m)
  const json = await call(target, '/metrics')
  const names = [...text.text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])
  expect(json.body.metrics.map(({ name }: { name: string }) => name)).toEqual(names)
  for (const line of text.text.trimEnd().split('\n')) {
    expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-z0-9_]+(\{[^}]*\})? (\S+))$/)
  }
})

test('a request id is taken over, or made', async () => {
  expect((await call(target, '/health', { headers: { 'x-request-id': 'mine-1' } })).headers.get('x-request-id')).toBe(
    'mine-1',
  )
  const made = (await call(target, '/health')).headers.get('x-request-id')
  expect(made).toMatch(/^[a-z0-9-]+$/)
  const bad = (await call(target, '/health', { headers: { 'x-request-id': 'a b"c' } })).headers.get('x-request-id')
  expect(bad).toMatch(/^[a-z0-9-]+$/)
})

test('a path that is not there, and a method that is not', async () => {
  expectProblem(await call(target, '/nothing'), 'NOT_FOUND', 404)
  expectProblem(await call(target, '/topics/a/b/c'), 'NOT_FOUND', 404)
  expectProblem(await call(target, '/topics/../nothing'), 'NOT_FOUND', 404)
  expectProblem(await call(target, '/%zz'), 'INVALID_REQUEST', 400)
  const wrong = await call(target, '/produce', { method: 'GET' })
  expectProblem(wrong, 'METHOD_NOT_ALLOWED', 405)
  expect(wrong.headers.get('allow')).toBe('POST')
  expectProblem(await call(target, '/health', { method: 'DELETE' }), 'METHOD_NOT_ALLOWED', 405)
})
