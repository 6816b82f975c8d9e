import { expect, onTestFinished, test, vi } from 'vitest'
import { BrokerEvents } from '../../src/events/broker-events.ts'
import { observeCluster } from '../../src/events/observe-cluster.ts'

interface View {
  epoch: number
  leader: { readonly id: string; readonly url: string } | null
  isr: string[]
  coordinator: { readonly type: string; readonly connected: boolean }
}

function observed(view: View) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const heard: string[] = []
  const events = new BrokerEvents((error) => {
    throw error
  })
  events.on('leader-changed', ({ leaderId, epoch }) => heard.push(`leader ${leaderId} ${epoch}`))
  events.on('isr-changed', ({ isr, epoch }) => heard.push(`isr ${isr} ${epoch}`))
  events.on('coordinator', ({ connected }) => heard.push(`coordinator ${connected}`))
  const stop = observeCluster(() => view, events)
  return { events, heard, stop }
}

const redis = (connected: boolean) => ({ type: 'redis', connected })

test('what is different is told once, at the next look or the next change of role', () => {
  const view: View = { epoch: -1, leader: null, isr: [], coordinator: redis(false) }
  const { events, heard, stop } = observed(view)
  expect(heard, 'a coordinator on its way is not lost').toEqual([])
  Object.assign(view, { epoch: 3, leader: { id: '2', url: 'u' }, isr: ['2', '1'], coordinator: redis(true) })
  events.emit('role-changed', { role: 'follower', epoch: 3, reason: '' })
  vi.advanceTimersByTime(0)
  expect(heard.splice(0)).toEqual(['leader 2 3', 'isr 1,2 3'])
  vi.advanceTimersByTime(10_000)
  expect(heard).toEqual([])
  Object.assign(view, { leader: null, isr: [], coordinator: redis(false) })
  vi.advanceTimersByTime(250)
  expect(heard.splice(0)).toEqual(['coordinator false', 'leader null 3'])
  Object.assign(view, { epoch: 4, leader: { id: '1', url: 'u' }, isr: ['1'], coordinator: redis(true) })
  vi.advanceTimersByTime(250)
  expect(heard.splice(0)).toEqual(['coordinator true', 'leader 1 4', 'isr 1 4'])
  stop()
  view.leader = null
  vi.advanceTimersByTime(1_000)
  expect(heard).toEqual([])
})

test('an ISR that changes and changes back at once is told twice', () => {
  const view: View = { epoch: 3, leader: null, isr: ['1', '2'], coordinator: redis(true) }
  const { events, heard, stop } = observed(view)
  heard.length = 0
  for (const isr of [['1'], ['1'], ['2', '1']]) {
    view.isr = isr
    events.emit('isr-recorded', {})
  }
  expect(heard.splice(0)).toEqual(['isr 1 3', 'isr 1,2 3'])
  stop()
  view.isr = ['1']
  events.emit('isr-recorded', {})
  expect(heard).toEqual([])
})

test('a coordinator that never answers is told of after a while', () => {
  const { heard } = observed({ epoch: -1, leader: null, isr: [], coordinator: redis(false) })
  vi.advanceTimersByTime(1_500)
  expect(heard).toEqual([])
  vi.advanceTimersByTime(1_000)
  expect(heard).toEqual(['coordinator false'])
})
