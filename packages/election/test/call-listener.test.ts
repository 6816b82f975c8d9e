import { expect, test } from 'vitest'
import { runScript } from './run-script.ts'

/** Of each script: an elector's options, and what nobody caught. */
const setUp = `
    import { Elector } from '@yak/election'
    import { ManualPorts, MemoryCoordinator, MemoryLeaseStore } from '@yak/election/testing'
    const uncaught = []
    process.on('uncaughtException', ({ message }) => uncaught.push(message))
    const ports = new ManualPorts()
    const coordinator = new MemoryCoordinator({ nowMs: () => ports.wallClockMs() })
    const options = { store: new MemoryLeaseStore({ coordinator, ports }), id: 'a', ttlMs: 3000, ports }`

test('a handler that throws is an uncaught exception, and the lease is renewed all the same', async () => {
  const { stdout, stderr } = await runScript(`
    ${setUp}
    const elector = new Elector(options)
    elector.on('observed', () => { throw new Error('a bug in the program') })
    elector.start()
    for (let i = 0; i < 10; i++) {
      await ports.advance(1000)
      await new Promise(setImmediate)
    }
    console.log(elector.lease?.epoch, new Set(uncaught).size, uncaught.length > 3)
    process.exit()
  `)
  expect(stderr).toBe('')
  expect(stdout).toBe('1 1 true\n')
})

test('of several handlers one that throws keeps no other from hearing', async () => {
  const { stdout, stderr } = await runScript(`
    ${setUp}
    const elector = new Elector(options)
    const heard = []
    elector.on('lost', () => { throw new Error('a bug in the program') })
    elector.once('lost', ({ reason }) => heard.push('once ' + reason))
    elector.on('lost', ({ reason }) => heard.push(reason))
    elector.start()
    for (const reason of ['first', 'second']) {
      await ports.advance(1000)
      elector.release({ restMs: 0 })
      await ports.advance(1000)
      await new Promise(setImmediate)
    }
    console.log(heard.join(', '), uncaught.length)
    process.exit()
  `)
  expect(stderr).toBe('')
  expect(stdout).toBe('once released, released, released 2\n')
})

test('while the program cannot tell its highest epoch nothing is acquired, and it is asked again', async () => {
  const { stdout, stderr } = await runScript(`
    ${setUp}
    let read = () => { throw new Error('EIO') }
    const elector = new Elector({ ...options, minEpoch: () => read() })
    elector.start()
    await ports.advance(5000)
    const before = elector.lease?.epoch
    read = () => 41
    await ports.advance(5000)
    await new Promise(setImmediate)
    console.log(before, elector.lease?.epoch, new Set(uncaught).size)
    process.exit()
  `)
  expect(stderr).toBe('')
  expect(stdout).toBe('undefined 42 1\n')
})
