import { expect, test } from 'vitest'
import { BrokerEvents } from '../../src/events/broker-events.ts'

test('listeners hear what they asked for, in order, until they stop', () => {
  const heard: string[] = []
  const events = new BrokerEvents(() => {})
  const stop = events.on('coordinator', ({ connected }) => heard.push(`first ${connected}`))
  events.on('coordinator', ({ connected }) => heard.push(`second ${connected}`))
  events.on('started', () => heard.push('started'))
  events.emit('coordinator', { connected: false })
  stop()
  events.emit('coordinator', { connected: true })
  expect(heard).toEqual(['first false', 'second false', 'second true'])
})

test('the same function may listen twice, and each stops by itself', () => {
  let count = 0
  const events = new BrokerEvents(() => {})
  const listener = () => count++
  const stop = events.on('started', listener)
  events.on('started', listener)
  stop()
  stop()
  events.emit('started', {})
  expect(count).toBe(1)
})

test('a listener that throws is reported and keeps nobody from hearing', () => {
  const errors: unknown[] = []
  const heard: string[] = []
  const events = new BrokerEvents((error, name) => errors.push([name, (error as Error).message]))
  events.on('notice', () => {
    throw new Error('broken')
  })
  events.on('notice', ({ text }) => heard.push(text))
  events.emit('notice', { level: 'info', text: 'hello' })
  expect(heard).toEqual(['hello'])
  expect(errors).toEqual([['notice', 'broken']])
})

test('a listener may stop itself while it is called', () => {
  const heard: string[] = []
  const events = new BrokerEvents(() => {})
  const stop = events.on('started', () => {
    heard.push('once')
    stop()
  })
  events.on('started', () => heard.push('always'))
  events.emit('started', {})
  events.emit('started', {})
  expect(heard).toEqual(['once', 'always', 'always'])
})
