import { describe, expect, test } from 'vitest'
import { ClusterView } from '../../src/cluster/cluster-view.ts'

const one = { id: 'b1', url: 'http://one' }
const two = { id: 'b2', url: 'http://two' }
const three = { id: 'b3', url: 'http://three/' }

const answer = (epoch: number, leader: typeof one | null, clusterId = 'c', brokerId?: string) => ({
  clusterId,
  brokerId,
  epoch,
  leader,
  brokers: [one, two, three],
})

describe('ClusterView', () => {
  test('asks the addresses given, then all brokers it hears of', () => {
    const view = new ClusterView(['http://seed'])
    expect(view.candidates).toEqual(['http://seed'])
    view.accept(answer(1, one), 'http://seed')
    expect(view.candidates).toEqual(['http://seed', 'http://one', 'http://two', 'http://three'])
  })

  test('a stale answer never wins', () => {
    const view = new ClusterView(['http://one'])
    expect(view.accept(answer(5, two), 'http://two')).toBe('accepted')
    expect(view.accept(answer(4, one), 'http://one')).toBe('stale')
    expect(view.hint('http://one', 4)).toBe(false)
    expect(view.leader).toEqual({ brokerId: 'b2', url: 'http://two', epoch: 5 })
    expect(view.named).toBeUndefined()
    expect(view.accept(answer(6, three), 'http://three')).toBe('accepted')
    expect(view.leader).toEqual({ brokerId: 'b3', url: 'http://three', epoch: 6 })
  })

  test('whom another names is asked, and believed when it says so itself', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two), 'http://one')
    expect(view.leader).toBeUndefined()
    expect(view.named).toBe('http://two')
    expect(view.candidates).toContain('http://two')
    view.accept(answer(5, two, 'c', 'b2'), 'http://two')
    expect(view.leader).toEqual({ brokerId: 'b2', url: 'http://two', epoch: 5 })
    expect(view.named).toBeUndefined()
    // A newer one.
    view.accept(answer(6, three), 'http://one')
    expect([view.leader, view.named]).toEqual([undefined, 'http://three'])
  })

  test('an address that leads to another broker of the cluster does not speak for the leader', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two, 'c', 'b1'), 'http://two')
    expect([view.leader, view.named]).toEqual([undefined, 'http://two'])
  })

  test('a redirect names somebody to ask, and its epoch is not taken: it may be that of another cluster', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two), 'http://two')
    expect(view.hint('http://one', 64)).toBe(true)
    expect([view.epoch, view.leader?.url, view.named]).toEqual([5, 'http://two', 'http://one'])
  })

  test('a doubted leader is believed again when it answers itself, and not when others name it', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two), 'http://two')
    view.suspect(view.leader!)
    expect(view.leader).toBeUndefined()
    view.accept(answer(5, two), 'http://one')
    expect([view.leader, view.named]).toEqual([undefined, undefined])
    view.accept(answer(5, two), 'http://two')
    expect(view.leader?.epoch).toBe(5)
  })

  test('a leader that answers again is the same one, unless it was doubted', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two), 'http://two')
    const leader = view.leader!
    view.accept(answer(5, two), 'http://two')
    expect(view.leader).toBe(leader)
    view.suspect(leader)
    view.accept(answer(5, two), 'http://two')
    expect(view.leader).toEqual(leader)
    expect(view.leader).not.toBe(leader)
  })

  test('suspicion of an older leader does not touch the present one', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two), 'http://two')
    const old = view.leader!
    view.accept(answer(6, one), 'http://one')
    view.suspect(old)
    expect(view.leader?.epoch).toBe(6)
  })

  test('a new epoch without a leader ends the old one', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two), 'http://two')
    view.accept(answer(6, null), 'http://one')
    expect(view.leader).toBeUndefined()
    expect(view.epoch).toBe(6)
    // At the same epoch, no leader is not news: the one known may go on.
    view.accept(answer(7, two), 'http://two')
    view.accept(answer(7, null), 'http://one')
    expect(view.leader?.epoch).toBe(7)
  })

  test('never mixes clusters', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(5, two), 'http://one')
    // Also before the one named has been found.
    expect(view.accept(answer(9, two, 'another'), 'http://two')).toBe('other-cluster')
    view.accept(answer(5, two), 'http://two')
    expect(view.accept(answer(9, one, 'another'), 'http://one')).toBe('other-cluster')
    expect(view.epoch).toBe(5)
  })

  test('a leaderless broker of another cluster that answers first does not decide which cluster it is', () => {
    const view = new ClusterView(['http://one'])
    view.accept(answer(64, null, 'strange'), 'http://one')
    expect(view.accept(answer(5, null), 'http://one')).toBe('other-cluster')
    expect(view.accept(answer(5, two), 'http://two')).toBe('accepted')
    expect(view.leader?.epoch).toBe(5)
    expect(view.accept(answer(64, null, 'strange'), 'http://one')).toBe('other-cluster')
    expect(view.accept(answer(64, one, 'strange'), 'http://one')).toBe('other-cluster')
    expect(view.epoch).toBe(5)
  })
})
