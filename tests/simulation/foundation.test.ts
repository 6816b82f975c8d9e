import { describe, expect, test } from 'vitest'
import { AmbientGuard } from './ambient-guard.ts'
import { Coverage } from './coverage.ts'
import { Network } from './network.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedProcess } from './simulated-process.ts'

const world = (seed = 1) => {
  const scheduler = new Scheduler()
  const coverage = new Coverage()
  const random = new Random(seed)
  const network = new Network({ scheduler, random: random.fork('network'), coverage, delayMs: { low: 1, high: 2 } })
  const start = (name: string) =>
    new SimulatedProcess({ name, scheduler, random: random.fork(name), wallClockOffsetMs: 1_000_000 })
  return { scheduler, coverage, random, network, start }
}

describe('Random', () => {
  const draws = (random: Random) => Array.from({ length: 5 }, () => random.unit())

  test('one seed gives one sequence, another seed or stream another', () => {
    expect(draws(new Random(7))).toEqual(draws(new Random(7)))
    expect(draws(new Random(7))).not.toEqual(draws(new Random(8)))
    expect(draws(new Random(7).fork('disk'))).toEqual(draws(new Random(7).fork('disk')))
    expect(draws(new Random(7).fork('disk'))).not.toEqual(draws(new Random(7).fork('network')))
  })

  test('is even: each tenth of the range gets its share', () => {
    const random = new Random(3)
    const counts = new Array<number>(10).fill(0)
    for (let draw = 0; draw < 10_000; draw++) counts[Math.floor(random.unit() * 10)]!++
    for (const count of counts) expect(count).toBeGreaterThan(880)
  })

  test('sample gives different items', () => {
    expect(new Random(1).sample([1, 2, 3, 4], 4).sort()).toEqual([1, 2, 3, 4])
    expect(new Random(1).sample([1, 2], 5)).toHaveLength(2)
  })
})

describe('Scheduler', () => {
  test('runs events by time, then in the order in which they were scheduled', async () => {
    const { scheduler } = world()
    const seen: string[] = []
    scheduler.schedule(5, () => seen.push('c'))
    scheduler.schedule(1, () => seen.push('a'))
    scheduler.schedule(5, () => seen.push('d'))
    scheduler.schedule(2, () => seen.push('b'))
    await scheduler.run(10)
    expect(seen).toEqual(['a', 'b', 'c', 'd'])
    expect(scheduler.nowMs).toBe(10)
  })

  test('all promises of an event are done before the next event', async () => {
    const { scheduler } = world()
    const seen: string[] = []
    scheduler.schedule(1, () => {
      void (async () => {
        for (let turn = 0; turn < 50; turn++) await undefined
        await new Promise<void>((resolve) => queueMicrotask(resolve))
        seen.push('promises of 1')
      })()
    })
    scheduler.schedule(1, () => seen.push('2'))
    await scheduler.run(1)
    expect(seen).toEqual(['promises of 1', '2'])
  })

  test('a cancelled event never runs, one due later waits, the heap keeps its order', async () => {
    const { scheduler, random } = world()
    const seen: number[] = []
    scheduler.schedule(3, () => seen.push(-1))()
    for (let event = 0; event < 200; event++) {
      const delayMs = random.integer(0, 50)
      scheduler.schedule(delayMs, () => seen.push(delayMs))
    }
    await scheduler.run(25)
    expect(seen).toEqual([...seen].sort((left, right) => left - right))
    expect(Math.max(...seen)).toBeLessThanOrEqual(25)
    await scheduler.run(100)
    expect(seen).toHaveLength(200)
  })

  test('something that spins is an error, not a hang', async () => {
    const { scheduler } = world()
    const spin = () => {
      scheduler.schedule(0, spin)
    }
    spin()
    await expect(scheduler.run(1, () => false, 100)).rejects.toThrow('something spins')
  })

  test('the fingerprint tells runs apart', async () => {
    const run = async (delays: number[]) => {
      const { scheduler } = world()
      for (const delay of delays) scheduler.schedule(delay, () => {})
      await scheduler.run(10)
      return scheduler.fingerprint
    }
    expect(await run([1, 2])).toBe(await run([1, 2]))
    expect(await run([1, 2])).not.toBe(await run([2, 1]))
    expect(await run([1, 2])).not.toBe(await run([1, 2.5]))
  })
})

describe('SimulatedProcess', () => {
  test('a paused one does late what fell due, a dead one never', async () => {
    const { scheduler, start } = world()
    const [paused, dead] = [start('paused'), start('dead')]
    const seen: string[] = []
    for (const process of [paused, dead]) {
      process.schedule(5, () => seen.push(`${process.name} timer at ${process.monotonicMs()}`))
    }
    paused.pause()
    dead.kill()
    scheduler.schedule(6, () => paused.enter(() => seen.push('arrived')))
    scheduler.schedule(20, () => paused.resume())
    await scheduler.run(30)
    expect(seen).toEqual(['paused timer at 20', 'arrived'])
  })

  test('a timer cancelled while its process is paused does not fire', async () => {
    const { scheduler, start } = world()
    const process = start('b1')
    const seen: string[] = []
    const cancel = process.schedule(1, () => seen.push('fired'))
    process.pause()
    await scheduler.run(5)
    cancel()
    process.resume()
    await scheduler.run(10)
    expect(seen).toEqual([])
  })

  test('a stalled one ends its step at the time at which it wakes, and begins no other before', async () => {
    const { scheduler, start } = world()
    const process = start('b1')
    const seen: string[] = []
    const look = (what: string) => seen.push(`${what} at ${process.monotonicMs()}`)
    process.stall(2, 20, () => seen.push('stalls') > 0)
    process.schedule(5, () => {
      look('step')
      look('same step')
      process.schedule(1, () => look('its timer'))
      process.resume()
    })
    scheduler.schedule(6, () => process.enter(() => look('arrived')))
    await scheduler.run(40)
    expect(seen).toEqual(['step at 5', 'stalls', 'same step at 25', 'arrived at 25', 'its timer at 26'])
  })

  test('the wall clock jumps, the monotonic one does not', async () => {
    const { scheduler, start } = world()
    const process = start('b1')
    await scheduler.run(10)
    process.jumpWallClock(-3_600_000)
    expect(process.wallClockMs()).toBe(1_000_010 - 3_600_000)
    expect(process.monotonicMs()).toBe(10)
  })
})

describe('Network', () => {
  const sendMany = async (prepare: (network: Network) => void, count = 200) => {
    const { scheduler, network, coverage } = world()
    prepare(network)
    const arrived: number[] = []
    for (let index = 0; index < count; index++) {
      scheduler.schedule(index, () => {
        network.send({ from: 'a', to: 'b', label: 'test', mayRepeat: true, deliver: () => arrived.push(index) })
      })
    }
    await scheduler.run(10_000)
    return { arrived, coverage }
  }

  test('on a good day all arrives once and in order', async () => {
    const { arrived } = await sendMany(() => {})
    expect(arrived).toEqual(Array.from({ length: 200 }, (_, index) => index))
  })

  test('a cut goes one way only', async () => {
    expect((await sendMany((network) => network.cut(['b'], ['a']))).arrived).toHaveLength(200)
    const { arrived, coverage } = await sendMany((network) => network.cut(['a'], ['b']))
    expect(arrived).toEqual([])
    expect(coverage.of('message cut off')).toBe(200)
  })

  test('loses, doubles and overtakes', async () => {
    expect((await sendMany((network) => network.setLoss(['a'], ['b'], 0.5))).arrived.length).toBeLessThan(150)
    expect((await sendMany((network) => network.setRepeat(['a'], ['b'], 0.5))).arrived.length).toBeGreaterThan(250)
    const { arrived } = await sendMany((network) => network.setUnordered(['a'], ['b'], true))
    expect(arrived).not.toEqual([...arrived].sort((left, right) => left - right))
  })

  test.each([
    ['lives', 30, ['kill at 30', 'what it sends at 40']],
    ['is killed meanwhile', 10, ['kill at 10']],
  ])('what a process sends that stands still leaves when it wakes, if it %s', async (_, killAtMs, expected) => {
    const { scheduler, random, coverage, start } = world()
    const sender = start('a')
    const delayMs = { low: 0, high: 0 }
    const network = new Network({ scheduler, random, coverage, delayMs, senderOf: () => sender })
    const seen: string[] = []
    const see = (what: string) => seen.push(`${what} at ${scheduler.nowMs}`)
    network.setSlow(['a'], ['b'], 15)
    sender.stall(1, 20, () => true)
    sender.schedule(5, () => {
      sender.monotonicMs()
      network.send({ from: 'a', to: 'b', label: 'test', mayRepeat: false, deliver: () => see('what it sends') })
    })
    scheduler.schedule(killAtMs, () => {
      see('kill')
      sender.kill()
    })
    await scheduler.run(100)
    expect(seen).toEqual(expected)
  })

  test('heals', async () => {
    const { arrived } = await sendMany((network) => {
      network.cut(['a'], ['b'])
      network.healAll()
    })
    expect(arrived).toHaveLength(200)
  })
})

describe('AmbientGuard', () => {
  test('clocks, timers and chance of the machine are refused inside a run, and allowed after it', () => {
    {
      using guard = new AmbientGuard()
      expect(() => Date.now()).toThrow('Date.now'.slice(5))
      expect(() => new Date()).toThrow('inside a simulation')
      expect(() => Math.random()).toThrow('inside a simulation')
      expect(() => setTimeout(() => {}, 0)).toThrow('inside a simulation')
      expect(() => crypto.randomUUID()).toThrow('inside a simulation')
      expect(new Date(0).getTime()).toBe(0)
      const names = guard.uses.map(({ name }) => name)
      expect(names).toEqual(['now', 'new Date()', 'random', 'setTimeout', 'randomUUID'])
    }
    expect(Date.now()).toBeGreaterThan(0)
    expect(new Date()).toBeInstanceOf(Date)
  })
})
