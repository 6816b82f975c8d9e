import { YakError } from '@yak/protocol'
import { describe, expect, test } from 'vitest'
import { Elector, type ElectorOptions } from '../src/elector.ts'
import { EMPTY_LEASE_RECORD, EPOCH_OWNERS } from '../src/lease-record.ts'
import { ManualPorts } from '../src/testing/manual-ports.ts'
import { MemoryCoordinator } from '../src/testing/memory-coordinator.ts'
import { type MemoryCall, type MemoryDelivery, MemoryLeaseStore } from '../src/testing/memory-lease-store.ts'

const ttlMs = 3_000

class World {
  readonly ports: ManualPorts
  readonly coordinator: MemoryCoordinator
  readonly told: string[] = []
  readonly faults = new Map<string, (call: MemoryCall) => MemoryDelivery>()
  readonly electors: Elector[] = []

  constructor(seed = 1) {
    this.ports = new ManualPorts({ seed })
    this.coordinator = new MemoryCoordinator({ nowMs: () => this.ports.wallClockMs() })
  }

  elector(name: string, options: Partial<ElectorOptions> = {}): Elector {
    const store = new MemoryLeaseStore({
      coordinator: this.coordinator,
      ports: this.ports,
      name,
      deliver: (call) => this.faults.get(name)?.(call) ?? {},
    })
    const elector = new Elector({ store, id: name, ttlMs, ports: this.ports, ...options })
    elector.on('elected', ({ epoch, isResumed }) => this.tell(`${name} ${isResumed ? 'resumed' : 'elected'} ${epoch}`))
    elector.on('lost', ({ epoch, reason }) => this.tell(`${name} lost ${epoch} ${reason}`))
    elector.on('problem', ({ code }) => this.tell(`${name} problem ${code}`))
    this.electors.push(elector)
    return elector
  }

  tell(line: string): void {
    this.told.push(line)
  }

  get holders(): string[] {
    return this.electors.filter(({ lease }) => lease !== undefined).map(({ id }) => id)
  }

  /** What was told since the last look. */
  news(): string[] {
    return this.told.splice(0)
  }

  get record() {
    return this.coordinator.record('', 'default')
  }
}

describe('an elector', () => {
  test('is elected, renews at a third of the lease, and is replaced within the lease when it dies', async () => {
    const world = new World()
    const a = world.elector('a', { ownerIndex: 1 }).start()
    const renewals: number[] = []
    a.on('renewed', ({ remainingMs }) => renewals.push(world.ports.monotonicMs() + remainingMs - ttlMs))
    await world.ports.advance(100)
    expect(world.news()).toEqual(['a elected 1'])
    const b = world.elector('b', { ownerIndex: 2 }).start()
    await world.ports.advance(10_000)
    expect(world.news()).toEqual([])
    expect(renewals.length).toBe(10)
    for (const [i, at] of renewals.slice(1).entries()) expect(at - renewals[i]!).toBeCloseTo(ttlMs / 3)
    expect(a.lease?.epoch).toBe(1)
    expect(b.lease).toBeUndefined()
    world.faults.set('a', () => ({ lost: 'request' }))
    const diedAtMs = world.ports.monotonicMs()
    b.on('elected', () => world.tell(`after ${world.ports.monotonicMs() - diedAtMs <= ttlMs + 50}`))
    await world.ports.advance(ttlMs + 100)
    expect(world.news()).toEqual(
      expect.arrayContaining(['a problem COORDINATOR_NO_ANSWER', 'a lost 1 lapsed', 'b elected 2', 'after true']),
    )
    expect(world.holders).toEqual(['b'])
  })

  test('never believes longer than the coordinator grants, however long answers take', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const world = new World(seed)
      for (const [index, name] of ['a', 'b', 'c'].entries()) {
        world.elector(name, { ownerIndex: index }).start()
        world.faults.set(name, () => {
          const dice = world.ports.random()
          const lost = dice < 0.1 ? 'request' : dice < 0.2 ? 'answer' : dice < 0.25 ? 'refused' : undefined
          const delays = { requestDelayMs: world.ports.random() * 900, answerDelayMs: world.ports.random() * 900 }
          return lost === undefined ? delays : { ...delays, lost }
        })
      }
      let heldMs = 0
      for (let ms = 0; ms < 60_000; ms += 50) {
        await world.ports.advance(50)
        expect(world.holders.length, `seed ${seed}: ${world.told.join(', ')}`).toBeLessThanOrEqual(1)
        heldMs += world.holders.length * 50
      }
      expect(heldMs, `seed ${seed}`).toBeGreaterThan(20_000)
      const epochs = world.told.filter((line) => line.includes('elected')).map((line) => line.split(' '))
      expect(new Set(epochs.map(([, , epoch]) => epoch)).size).toBe(epochs.length)
      for (const [name, , epoch] of epochs) expect(Number(epoch) % EPOCH_OWNERS).toBe(['a', 'b', 'c'].indexOf(name!))
    }
  })

  test('whatever the coordinator does, no two elections share an epoch, and afterwards one leads', async () => {
    const seen = { forgotten: 0, superseded: 0, twoHolders: 0 }
    for (let seed = 1; seed <= 60; seed++) {
      const world = new World(seed)
      const { ports, coordinator } = world
      const names = ['a', 'b', 'c', 'd']
      for (const [index, name] of names.entries()) world.elector(name, { ownerIndex: index }).start()
      let snapshot = coordinator.snapshot()
      const misfortunes = [
        () => coordinator.forget(),
        () => coordinator.restore(snapshot),
        () => coordinator.jumpClock((ports.random() - 0.5) * 7_200_000),
        () => coordinator.split(names.filter(() => ports.random() < 0.5)),
        () => coordinator.heal(ports.random() < 0.5 ? 'main' : 'other'),
        () => world.faults.set(names[Math.floor(ports.random() * 4)]!, () => ({ lost: 'answer' })),
        () => world.faults.clear(),
        () => world.electors[Math.floor(ports.random() * 4)]?.release(),
        () => {
          snapshot = coordinator.snapshot()
        },
      ]
      for (let step = 0; step < 60; step++) {
        misfortunes[Math.floor(ports.random() * misfortunes.length)]?.()
        await ports.advance(ports.random() * 2 * ttlMs)
        if (world.holders.length > 1) seen.twoHolders++
      }
      coordinator.heal()
      world.faults.clear()
      await ports.advance(2 * ttlMs + 1_000)
      expect(world.holders.length, `seed ${seed}`).toBe(1)
      const elections = world.told.filter((line) => / elected /.test(line)).map((line) => line.split(' ')[2])
      expect(new Set(elections).size, `seed ${seed}: ${elections.join(' ')}`).toBe(elections.length)
      for (const reason of ['forgotten', 'superseded'] as const) {
        seen[reason] += world.told.filter((line) => line.endsWith(reason)).length
      }
    }
    // A misfortune that never struck would show nothing.
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(20)
  })

  test('a paused holder sees by the clock that its lease is over, before any event', async () => {
    const world = new World()
    const ownPorts = new ManualPorts()
    const a = world.elector('a', { ports: ownPorts }).start()
    await ownPorts.advance(100)
    world.faults.set('a', () => ({ lost: 'request' }))
    const b = world.elector('b').start()
    await world.ports.advance(ttlMs + 100)
    expect(world.news()).toEqual(['a elected 1', 'b elected 2'])
    ownPorts.stall(ttlMs + 200)
    expect(a.lease).toBeUndefined()
    expect(world.news()).toEqual([])
    await ownPorts.advance(0)
    expect(world.news()).toEqual(['a lost 1 lapsed'])
    expect(b.lease?.epoch).toBe(2)
  })

  for (const [who, isAnswered] of [
    ['a holder', (_: MemoryCall, nowMs: number) => nowMs < 100],
    ['a candidate', (call: MemoryCall) => call === 'read'],
  ] as const) {
    test(`${who} whose calls arrive and whose answers do not leaves the lease to another in the end`, async () => {
      const world = new World()
      world.faults.set('a', (call) => (isAnswered(call, world.ports.monotonicMs()) ? {} : { lost: 'answer' }))
      const a = world.elector('a', { ownerIndex: 1 }).start()
      await world.ports.advance(100)
      const b = world.elector('b', { ownerIndex: 2 }).start()
      await world.ports.advance(2 * ttlMs)
      expect(world.record.holder).toBe('a')
      await world.ports.advance(4 * ttlMs)
      expect(world.holders).toEqual(['b'])
      await world.ports.advance(20 * ttlMs)
      expect(b.lease?.epoch).toBe(world.record.epoch)
      // It is a candidate again as soon as it is answered.
      world.faults.delete('a')
      b.release({ restMs: 10 * ttlMs })
      await world.ports.advance(2 * ttlMs)
      expect(a.lease?.epoch).toBe(world.record.epoch)
    })
  }

  test('a lease that lapsed and that nobody took is resumed under its epoch', async () => {
    const world = new World()
    const a = world.elector('a').start()
    await world.ports.advance(100)
    world.faults.set('a', () => ({ lost: 'refused' }))
    await world.ports.advance(2 * ttlMs)
    expect(world.news()).toEqual(['a elected 1', 'a problem COORDINATOR_UNREACHABLE', 'a lost 1 lapsed'])
    expect(a.lease).toBeUndefined()
    world.faults.delete('a')
    await world.ports.advance(ttlMs)
    expect(world.news()).toEqual(['a resumed 1'])
  })

  test('release moves the lease at once; the signal of the loser is aborted first', async () => {
    const world = new World()
    const a = world.elector('a').start()
    let signal: AbortSignal | undefined
    a.on('elected', (elected) => {
      signal = elected.signal
    })
    await world.ports.advance(100)
    world.elector('b').start()
    await world.ports.advance(100)
    expect(signal?.aborted).toBe(false)
    signal?.addEventListener('abort', () => world.tell(`signal, holder is still ${world.record.holder}`))
    a.release()
    await world.ports.advance(60)
    expect(world.news()).toEqual(['a elected 1', 'signal, holder is still a', 'a lost 1 released', 'b elected 2'])
    expect(YakError.is(signal?.reason, 'LEASE_LOST')).toBe(true)
    await world.ports.advance(10 * ttlMs)
    expect(world.news()).toEqual([])
  })

  test('who released and is alone takes it again after its rest', async () => {
    const world = new World()
    const a = world.elector('a').start()
    await world.ports.advance(100)
    a.release({ restMs: 700 })
    await world.ports.advance(650)
    expect(world.news()).toEqual(['a elected 1', 'a lost 1 released'])
    await world.ports.advance(200)
    expect(world.news()).toEqual(['a elected 2'])
  })

  test('who released for longer than a timer can wait sleeps meanwhile', async () => {
    // As Node has it: a timer that is set for longer than it can count fires at once.
    class NodePorts extends ManualPorts {
      timerCount = 0
      override schedule(delayMs: number, callback: () => void): () => void {
        this.timerCount++
        return super.schedule(delayMs <= 2_147_483_647 ? delayMs : 1, callback)
      }
    }
    const ports = new NodePorts()
    const coordinator = new MemoryCoordinator({ nowMs: () => ports.wallClockMs() })
    // A poll would be a timer too.
    const store = new MemoryLeaseStore({ coordinator, ports, name: 'a', pollMs: 1_000_000 })
    const elector = new Elector({ store, id: 'a', ttlMs, ports }).start()
    await ports.advance(100)
    expect(elector.lease).toBeDefined()
    elector.release({ restMs: Number.POSITIVE_INFINITY })
    await ports.advance(100)
    ports.timerCount = 0
    await ports.advance(10_000)
    expect(ports.timerCount).toBe(0)
    expect(() => elector.release({ restMs: Number.NaN })).toThrow(TypeError)
    await elector.stop()
  })

  test('stop releases; in the middle of an acquisition too', async () => {
    const world = new World()
    const a = world.elector('a').start()
    await world.ports.advance(100)
    await Promise.all([a.stop(), a.stop()])
    await a.stop()
    expect(world.news()).toEqual(['a elected 1', 'a lost 1 released'])
    expect(world.record.holder).toBeNull()
    const b = world.elector('b').start()
    world.faults.set('b', (call) => (call === 'acquire' ? { answerDelayMs: 300 } : {}))
    await world.ports.advance(100)
    expect(world.record.holder).toBe('b')
    const stopping = b.stop()
    await world.ports.advance(300)
    await stopping
    expect(world.news()).toEqual([])
    expect(world.record.holder).toBeNull()
    const never = world.elector('c')
    await never.stop()
    never.start()
    await world.ports.advance(1_000)
    expect(world.record.holder).toBeNull()
  })

  test('stop does not wait for a coordinator that is gone', async () => {
    const world = new World()
    const a = world.elector('a').start()
    await world.ports.advance(100)
    world.faults.set('a', () => ({ lost: 'request' }))
    const stopping = a.stop()
    await world.ports.advance(ttlMs / 3 + 1)
    await stopping
    expect(world.news()).toEqual(['a elected 1', 'a lost 1 released', 'a problem COORDINATOR_NO_ANSWER'])
  })

  test('who is told to go first does, and another waits its delay', async () => {
    const world = new World()
    world.elector('follower', { initialDelayMs: 1_000 }).start()
    await world.ports.advance(900)
    expect(world.news()).toEqual([])
    world.elector('leader').start()
    await world.ports.advance(5_000)
    expect(world.news()).toEqual(['leader elected 1'])
    const alone = new World()
    alone.elector('follower', { initialDelayMs: 1_000 }).start()
    await alone.ports.advance(1_100)
    expect(alone.news()).toEqual(['follower elected 1'])
  })

  test('a coordinator that forgot: the holder goes on at once, the others give it one lease', async () => {
    const world = new World()
    const a = world.elector('a', { ownerIndex: 1 }).start()
    await world.ports.advance(100)
    world.elector('b', { ownerIndex: 2 }).start()
    await world.ports.advance(ttlMs)
    world.coordinator.forget()
    await world.ports.advance(10)
    expect(world.news()).toEqual(['a elected 1', 'a lost 1 forgotten', 'a elected 65'])
    expect(world.record.suspect).toBe(true)
    world.faults.set('a', () => ({ lost: 'refused' }))
    world.coordinator.forget()
    await world.ports.advance(ttlMs - 100)
    expect(world.record).toEqual(EMPTY_LEASE_RECORD)
    await world.ports.advance(200)
    expect(world.news()).toContain('b elected 66')
    expect(a.lease).toBeUndefined()
  })

  test('a program that remembers a higher epoch gives the forgotten holder one lease too', async () => {
    const world = new World()
    world.elector('a', { ownerIndex: 1, minEpoch: () => 200 }).start()
    await world.ports.advance(ttlMs - 100)
    expect(world.news()).toEqual([])
    await world.ports.advance(200)
    expect(world.news()).toEqual(['a elected 257'])
    expect(world.record.suspect).toBe(true)
  })

  test('split brain: two may hold, their epochs differ, and one is told when it heals', async () => {
    const world = new World()
    const a = world.elector('a', { ownerIndex: 1 }).start()
    await world.ports.advance(100)
    const b = world.elector('b', { ownerIndex: 2 }).start()
    await world.ports.advance(100)
    world.coordinator.split(['b'])
    // The half that b sees has not heard of a's renewals since.
    await world.ports.advance(ttlMs + 100)
    expect(world.holders).toEqual(['a', 'b'])
    expect([a.lease?.epoch, b.lease?.epoch]).toEqual([1, 2])
    world.coordinator.heal('other')
    await world.ports.advance(ttlMs)
    expect(world.holders).toEqual(['b'])
    expect(world.news()).toEqual(['a elected 1', 'b elected 2', 'a lost 1 superseded'])
  })

  test('a stale replica was promoted: the next epoch is above all that were seen', async () => {
    const world = new World()
    const a = world.elector('a').start()
    await world.ports.advance(100)
    const stale = world.coordinator.snapshot()
    a.release({ restMs: 0 })
    await world.ports.advance(100)
    expect(world.record.epoch).toBe(2)
    world.coordinator.restore(stale)
    await world.ports.advance(ttlMs)
    expect(world.news()).toEqual([
      'a elected 1',
      'a lost 1 released',
      'a elected 2',
      'a lost 2 forgotten',
      'a elected 3',
    ])
    expect(world.record.suspect).toBe(true)
  })

  test('the coordinator’s clock jumps an hour: back, forward', async () => {
    for (const jumpMs of [-3_600_000, 3_600_000]) {
      const world = new World()
      world.elector('a').start()
      await world.ports.advance(100)
      world.elector('b').start()
      await world.ports.advance(500)
      world.coordinator.jumpClock(jumpMs)
      await world.ports.advance(5 * ttlMs)
      expect(world.holders).toEqual(['a'])
      world.faults.set('a', () => ({ lost: 'request' }))
      world.coordinator.jumpClock(jumpMs)
      await world.ports.advance(2 * ttlMs)
      expect(world.holders).toEqual(['b'])
    }
  })

  test('an own wall clock that jumps is not looked at', async () => {
    const world = new World()
    const nowMs = () => world.ports.monotonicMs()
    const coordinator = new MemoryCoordinator({ nowMs })
    const store = new MemoryLeaseStore({ coordinator, ports: world.ports })
    const elector = new Elector({ store, id: 'a', ttlMs, ports: world.ports }).start()
    await world.ports.advance(100)
    const events: string[] = []
    elector.on('lost', () => events.push('lost'))
    world.ports.jumpWallClock(-3_600_000)
    await world.ports.advance(ttlMs)
    world.ports.jumpWallClock(7_200_000)
    await world.ports.advance(ttlMs)
    expect(elector.lease?.epoch).toBe(1)
    expect(events).toEqual([])
  })

  test('another living process under the same id is reported, a dead one is waited out', async () => {
    const world = new World()
    const first = world.elector('a', { incarnation: 'first' }).start()
    await world.ports.advance(100)
    const twin = world.elector('a', { incarnation: 'second' })
    const problems: YakError[] = []
    twin.on('problem', (problem) => problems.push(problem))
    twin.start()
    await world.ports.advance(2 * ttlMs)
    expect(problems.map(({ code }) => code)).toEqual(['DUPLICATE_CANDIDATE'])
    expect(problems[0]?.message).toMatch(/under the id a \(incarnation first\)\. Give each process an id of its own/)
    expect(first.lease?.epoch).toBe(1)
    const restarted = new World()
    restarted.elector('a').start()
    await restarted.ports.advance(100)
    restarted.faults.set('a', () => ({ lost: 'request' }))
    const again = new Elector({
      store: new MemoryLeaseStore({ coordinator: restarted.coordinator, ports: restarted.ports }),
      id: 'a',
      ttlMs,
      ports: restarted.ports,
    }).start()
    again.on('problem', ({ code }) => restarted.tell(`again ${code}`))
    await restarted.ports.advance(ttlMs + 100)
    expect(again.lease?.epoch).toBe(2)
    expect(restarted.news()).not.toContain('again DUPLICATE_CANDIDATE')
  })

  test('a problem is told once until it is over', async () => {
    const world = new World()
    world.faults.set('a', () => ({ lost: 'refused' }))
    world.elector('a').start()
    await world.ports.advance(30_000)
    expect(world.news()).toEqual(['a problem COORDINATOR_UNREACHABLE'])
    world.faults.delete('a')
    await world.ports.advance(2_100)
    expect(world.news()).toEqual(['a elected 1'])
    world.faults.set('a', () => ({ lost: 'refused' }))
    await world.ports.advance(1_100)
    expect(world.news()).toEqual(['a problem COORDINATOR_UNREACHABLE'])
  })

  test('an acquisition without an answer is not taken for a failure', async () => {
    const world = new World()
    let acquisitions = 0
    world.faults.set('a', (call) => (call === 'acquire' && ++acquisitions === 1 ? { lost: 'answer' } : {}))
    world.elector('a', { ownerIndex: 1 }).start()
    await world.ports.advance(2_000)
    expect(world.news()).toEqual(['a problem COORDINATOR_NO_ANSWER', 'a elected 65'])
  })

  test('ends when its store is closed', async () => {
    const world = new World()
    const store = new MemoryLeaseStore({ coordinator: world.coordinator, ports: world.ports })
    const elector = new Elector({ store, id: 'a', ttlMs, ports: world.ports }).start()
    elector.on('lost', ({ reason }) => world.tell(reason))
    await world.ports.advance(100)
    await store.close()
    await world.ports.advance(ttlMs)
    expect(world.news()).toEqual(['released'])
    await elector.stop()
  })

  test('wrong options are a TypeError', () => {
    const { coordinator, ports } = new World()
    const store = new MemoryLeaseStore({ coordinator, ports })
    for (const wrong of [{ id: '' }, { ttlMs: 0 }, { ownerIndex: 64 }, { group: '' }, { initialDelayMs: -1 }]) {
      expect(() => new Elector({ store, id: 'a', ...wrong })).toThrow(TypeError)
    }
  })
})
