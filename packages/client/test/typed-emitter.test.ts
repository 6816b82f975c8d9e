import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import { ClientEmitter } from '../src/client-events.ts'
import { TypedEmitter } from '../src/typed-emitter.ts'

interface Events {
  readonly changed: { readonly to: number }
}

describe('TypedEmitter', () => {
  test('calls each listener once for each time it was added, until it is taken off', () => {
    const emitter = new TypedEmitter<Events>()
    const seen: number[] = []
    const listener = ({ to }: Events['changed']) => seen.push(to)
    const offFirst = emitter.on('changed', listener)
    const offSecond = emitter.on('changed', listener)
    emitter.emit('changed', { to: 1 })
    offFirst()
    offFirst()
    emitter.emit('changed', { to: 2 })
    offSecond()
    emitter.emit('changed', { to: 3 })
    expect(seen).toEqual([1, 1, 2])
    expect(emitter.has('changed')).toBe(false)
  })

  test('a listener that throws is told of on a diagnostics channel, and the others are called', () => {
    const emitter = new TypedEmitter<Events>()
    const told: unknown[] = []
    const subscriber = (message: unknown) => told.push(message)
    subscribe('yak:client:listener-error', subscriber)
    const error = new Error('a listener')
    const seen: number[] = []
    emitter.on('changed', () => {
      throw error
    })
    emitter.on('changed', ({ to }) => seen.push(to))
    emitter.emit('changed', { to: 1 })
    unsubscribe('yak:client:listener-error', subscriber)
    expect(seen).toEqual([1])
    expect(told).toEqual([{ event: 'changed', error }])
  })

  test('a listener whose promise is rejected is told of there too, and is no unhandled rejection', async () => {
    const emitter = new TypedEmitter<Events>()
    const told: unknown[] = []
    const subscriber = (message: unknown) => told.push(message)
    subscribe('yak:client:listener-error', subscriber)
    const error = new Error('a listener, later')
    emitter.on('changed', async () => {
      throw error
    })
    emitter.emit('changed', { to: 1 })
    await new Promise((resolve) => setImmediate(resolve))
    unsubscribe('yak:client:listener-error', subscriber)
    expect(told).toEqual([{ event: 'changed', error }])
  })

  test('taking a listener off twice does not take off those added since', () => {
    const emitter = new TypedEmitter<Events>()
    const seen: number[] = []
    const off = emitter.on('changed', () => {})
    off()
    emitter.on('changed', ({ to }) => seen.push(to))
    off()
    emitter.emit('changed', { to: 1 })
    expect(seen).toEqual([1])
  })

  test('a listener taken off, or added, by another is not called in this round', () => {
    const emitter = new TypedEmitter<Events>()
    const seen: string[] = []
    emitter.on('changed', () => {
      emitter.on('changed', () => seen.push('late'))
      off()
    })
    const off = emitter.on('changed', () => seen.push('off'))
    emitter.emit('changed', { to: 1 })
    expect(seen).toEqual([])
  })

  test('at most a hundred listeners', () => {
    const emitter = new TypedEmitter<Events>()
    for (let count = 0; count < 100; count++) emitter.on('changed', () => {})
    expect(() => emitter.on('changed', () => {})).toThrow(TypeError)
    expect(() => emitter.on('changed', 'no function' as never)).toThrow(TypeError)
  })
})

test('every event of a client goes to a diagnostics channel, with listeners or without', () => {
  const emitter = new ClientEmitter()
  expect(emitter.has('topic-missing')).toBe(false)
  const told: unknown[] = []
  const subscriber = (message: unknown) => told.push(message)
  subscribe('yak:client:event', subscriber)
  expect(emitter.has('topic-missing')).toBe(true)
  emitter.emit('topic-missing', { topic: 't' })
  unsubscribe('yak:client:event', subscriber)
  expect(told).toEqual([{ name: 'topic-missing', event: { topic: 't' } }])
})
