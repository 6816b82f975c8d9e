import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { freePort, RedisServerProcess } from '@yak/election/testing'
import { expect } from 'vitest'
import { assertLogged, assertToldOnce, Brokers, severalAttempts, untilTold, untilWell } from './bad-input.ts'
import type { BrokerProcess } from './harness/broker-process.ts'
import { FaultRun } from './harness/fault-run.ts'
import { until } from './harness/until.ts'

/** The flags with another value of one of them. */
function withFlag(flags: readonly string[], name: string, value: string): string[] {
  const index = flags.indexOf(name)
  return index < 0 ? [...flags, name, value] : flags.with(index + 1, value)
}

/** The brokers of a run, and one of them for a while as somebody started it by mistake. */
class Mistakes implements AsyncDisposable {
  readonly run: FaultRun
  readonly brokers: Brokers
  #producers = 0

  private constructor(run: FaultRun, brokers: Brokers) {
    this.run = run
    this.brokers = brokers
  }

  static async make(coordinator: 'redis' | 'sqlite' = 'sqlite'): Promise<Mistakes> {
    return new Mistakes(await FaultRun.start({ leaseMs: 500, coordinator }), await Brokers.make())
  }

  /** One that does not lead: what is done to it keeps nobody from working. */
  async follower(): Promise<BrokerProcess> {
    return (await this.run.cluster.followers())[0]!
  }

  urlOf(id: string): string {
    return this.run.cluster.broker(id).url
  }

  /** In the place of `broker`, which is stopped: the same port and folder unless told. */
  async instead(
    broker: BrokerProcess,
    change: { readonly flags?: readonly string[]; readonly dataDir?: string },
  ): Promise<BrokerProcess> {
    await broker.terminate()
    return this.brokers.startWith({ ...broker.options, ...change })
  }

  /** The rest goes on while it is there, and it is one of them again when it is as it was. */
  async isHarmless(strange: BrokerProcess, broker: BrokerProcess, ...told: readonly RegExp[]): Promise<void> {
    for (const pattern of told) await untilTold(strange, pattern)
    await this.untilTaken()
    await severalAttempts()
    for (const pattern of told) assertToldOnce(strange, pattern)
    await strange.kill()
    broker.start()
    await this.run.cluster.untilWhole()
    await untilWell(broker)
  }

  /** A new client has records acknowledged. */
  async untilTaken(): Promise<void> {
    const producer = this.run.producer(`p${++this.#producers}`).start()
    await this.run.untilAcknowledged(producer, 20)
    await producer.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.brokers[Symbol.asyncDispose]()
    await this.run[Symbol.asyncDispose]()
  }
}

/** A list in which the URLs of the others are wrong, each in its own way. */
async function wrongUrls(mistakes: Mistakes): Promise<void> {
  const { run } = mistakes
  const broker = await mistakes.follower()
  const [one, other] = run.cluster.others(broker.id) as [BrokerProcess, BrokerProcess]
  const server = createServer((_request, response) => response.writeHead(404).end('<!doctype html>'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const listWith = (url: string, otherUrl: string): string[] => {
    const list = [`${broker.id}=${broker.url}`, `${one.id}=${url}`, `${other.id}=${otherUrl}`]
    return withFlag(broker.options.flags, '--peers', list.join(','))
  }
  try {
    const mixedUp = await mistakes.instead(broker, { flags: listWith(other.url, `http://127.0.0.1:${port}`) })
    await mistakes.isHarmless(
      mixedUp,
      broker,
      new RegExp(
        `At ${other.url}, which --peers names for broker ${one.id}, broker ${other.id} answers\\. Give each broker its own URL in --peers`,
      ),
      new RegExp(
        `What answers for broker ${other.id} at http://127.0.0.1:${port} is no YAK broker .*\\. Correct its URL in --peers`,
      ),
    )
    const nothing = `http://127.0.0.1:${await freePort()}`
    const lonely = await mistakes.instead(broker, {
      flags: listWith(broker.url.replace('127.0.0.1', 'localhost'), nothing),
    })
    await mistakes.isHarmless(
      lonely,
      broker,
      new RegExp(
        `The URL that --peers names for broker ${one.id}, .*, leads to broker ${broker.id}, which is this one`,
      ),
      new RegExp(`Broker ${other.id} does not answer at ${nothing} .*\\. Start it, or correct its URL in --peers\\.`),
    )
  } finally {
    server.close()
  }
}

/** Brokers that do not agree on who takes part, or on how many must have a record; and one that is not in its own list. */
async function differentMembers(mistakes: Mistakes): Promise<void> {
  const { run, brokers } = mistakes
  const broker = await mistakes.follower()
  const leader = await run.cluster.leader()
  const { flags } = broker.options

  const lax = await mistakes.instead(broker, { flags: [...flags, '--min-insync', '1'] })
  const differs = /has the members .*Give all brokers the same --peers and --min-insync, and restart them\./
  const both =
    /^Broker . has 1, 2, 3 in --peers and a --min-insync of [12], and this one, broker ., has 1, 2, 3 in --peers and/
  await untilTold(leader, differs)
  for (const other of run.cluster.others(broker.id)) await untilTold(other, both)
  await mistakes.isHarmless(lax, broker, differs, both)
  assertToldOnce(leader, differs)

  const peers = flags[flags.indexOf('--peers') + 1]!
  const longer = withFlag(flags, '--peers', `${peers},4=http://127.0.0.1:${await freePort()}`)
  await mistakes.isHarmless(await mistakes.instead(broker, { flags: longer }), broker, differs)

  const stranger = brokers.startWith({ ...broker.options, id: '7', dataDir: brokers.folder('stranger') })
  expect(await stranger.ended()).toBe(2)
  expect(stranger.lines).toEqual([
    'yak broker: --peers names 1, 2, 3 and not this broker, 7. Add 7=URL to it, on every broker, or correct --id.',
  ])
}

/** Brokers that look for one lease in two places, and wait for a dead leader for different times. */
export async function differentLeases(): Promise<void> {
  await using mistakes = await Mistakes.make('redis')
  const { run } = mistakes
  await using otherRedis = await RedisServerProcess.start()
  const broker = await mistakes.follower()
  const { flags } = broker.options
  const cases = [
    {
      flags: withFlag(withFlag(flags, '--group', 'other'), '--lease-ms', '1000'),
      told: [
        /^Broker . has --group (other|yak), and this one, broker ., has (other|yak): .* Give all brokers the same --group, and/,
        /^Broker . has --lease-ms (500|1000), and this one, broker ., has (500|1000): .* Give all brokers the same --lease-ms, and/,
      ],
    },
    {
      flags: withFlag(flags, '--coordinator', otherRedis.url.replace('redis://', 'redis://:unused@')),
      told: [
        /^Broker . and this one, broker ., have different coordinators: redis:\/\/127\.0\.0\.1:.* Give all brokers the same --coordinator, and/,
      ],
    },
  ]
  // Redis has no password yet; with one in the URL, it must ask for it.
  await otherRedis.command('CONFIG', 'SET', 'requirepass', 'unused')
  for (const { flags, told } of cases) {
    const strange = await mistakes.instead(broker, { flags })
    for (const other of run.cluster.others(broker.id)) for (const pattern of told) await untilTold(other, pattern)
    await mistakes.isHarmless(strange, broker, ...told)
    expect(strange.lines.join('\n')).not.toContain('unused@')
    for (const other of run.cluster.others(broker.id)) await untilWell(other)
  }

  await copiedCoordinator(mistakes, broker)

  // Spelled otherwise it is the same server, and one that has forgotten everything is no other.
  const url = run.cluster.redis.url.replace('127.0.0.1', 'localhost')
  const spelled = await mistakes.instead(broker, { flags: withFlag(flags, '--coordinator', url) })
  await run.cluster.redis.command('FLUSHALL')
  await mistakes.untilTaken()
  await severalAttempts()
  for (const each of [spelled, ...run.cluster.others(broker.id)]) {
    expect(each.lines.filter((line) => line.includes(`broker ${spelled.id}, have different`))).toEqual([])
    await untilWell(each)
  }
  await spelled.terminate()
  broker.start()
  await run.verdict()
}

/**
 * A replica of Redis is made a primary, and the old one goes on: both have one id, and epochs of their own from the next election on. Whoever
 * finds a lower one than it has heard of says so; with m = 2 the disks keep the log one.
 */
async function copiedCoordinator(mistakes: Mistakes, broker: BrokerProcess): Promise<void> {
  const { cluster } = mistakes.run
  await using copy = await RedisServerProcess.start()
  await copy.command('REPLICAOF', '127.0.0.1', String(cluster.redis.port))
  const key = await cluster.leaseKey()
  await until('the replica has the lease', async () => (await copy.command('EXISTS', key)) === 1)
  await copy.command('REPLICAOF', 'NO', 'ONE')
  const flags = withFlag(broker.options.flags, '--coordinator', copy.url)
  const strange = await mistakes.instead(broker, { flags })
  await until('it takes part', async () => (await strange.health())?.status === 'ok', { state: () => strange.tail() })
  const leader = await cluster.leader()
  await leader.kill()
  leader.start()
  const told =
    /^Broker . and this one, broker ., have coordinators of which one is a copy of the other: redis:.* has epoch \d+, redis:.* had \d+ after that\. .* Stop the copy, .*--coordinator\.$/
  const telling = await until('one of them tells of the copy', async () => {
    for (const each of [strange, ...cluster.others(broker.id)]) {
      if ((await each.health())?.reasons.some((reason) => told.test(reason))) return each
    }
    return undefined
  })
  await mistakes.untilTaken()
  await severalAttempts()
  assertToldOnce(telling, told)
  await strange.kill()
  broker.start()
  await cluster.untilWhole()
  for (const each of cluster.brokers) await untilWell(each)
}

/** A second process under the id of a broker that runs. */
async function oneIdTwice(mistakes: Mistakes): Promise<void> {
  const { run, brokers } = mistakes
  const broker = await mistakes.follower()
  const second = brokers.startWith({
    ...broker.options,
    port: await freePort(),
    dataDir: brokers.folder('second'),
  })
  const told = new RegExp(
    `Two brokers use the id ${broker.id}: another one answers at ${broker.url}, .* or give this one another --id\\.`,
  )
  await untilTold(second, told)
  await mistakes.untilTaken()
  await severalAttempts()
  assertToldOnce(second, told)
  expect((await run.cluster.untilWhole()).isr).toHaveLength(3)
  await second.kill()
}

/** One mistake after another, on one cluster, which loses nothing by any. */
export async function wrongSettings(): Promise<void> {
  await using mistakes = await Mistakes.make()
  await wrongUrls(mistakes)
  await differentMembers(mistakes)
  await oneIdTwice(mistakes)
  await mistakes.run.verdict()
}

/** A folder that is another cluster's, another broker's, or empty. */
export async function wrongFolders(): Promise<void> {
  await using mistakes = await Mistakes.make()
  const { run, brokers } = mistakes
  const broker = await mistakes.follower()
  await mistakes.untilTaken()

  // A broker that was alone has formed a cluster of its own.
  const alone = await brokers.start(broker.id)
  await untilWell(alone)
  const leaderId = (await run.cluster.leader()).id
  const misled = run.cluster.others(broker.id).find(({ id }) => id !== leaderId)!
  const peers = misled.options.flags[misled.options.flags.indexOf('--peers') + 1]!
  const flags = withFlag(misled.options.flags, '--peers', peers.replace(broker.url, alone.url))
  const belongs = new RegExp(
    `^Broker ${misled.id} belongs to cluster \\S+, broker ${broker.id} to \\S+\\. Correct --peers, `,
  )
  await mistakes.isHarmless(await mistakes.instead(misled, { flags }), misled, belongs)
  await alone.terminate()
  const foreign = await mistakes.instead(broker, { dataDir: alone.dataDir })
  await mistakes.isHarmless(foreign, broker, /belongs to cluster \S+, broker \S+ to \S+\. .*(--data-dir|data folder)/)

  // An empty disk has no vote: two that have one are needed, and with them it is fetched again.
  const leader = await run.cluster.leader()
  const [empty, voter] = run.cluster.others(leader.id) as [BrokerProcess, BrokerProcess]
  await empty.terminate()
  await leader.kill()
  const thief = brokers.startWith({ ...empty.options, id: voter.id, port: await freePort() })
  expect(await thief.ended()).toBe(1)
  assertLogged(
    thief,
    new RegExp(
      `^The data folder .* belongs to broker "${empty.id}", and this is broker "${voter.id}"\\. Start it with --id ${empty.id}, or choose another --data-dir\\.$`,
    ),
  )
  await rm(empty.dataDir, { recursive: true })
  empty.start()
  await until(
    'the empty disk says what it waits for, and the other why it cannot lead',
    async () => {
      const [waiting, trying] = [await empty.health(), await voter.health()]
      if (trying?.role === 'leader') throw new Error('One vote of two is enough to lead.')
      return (
        waiting?.status === 'unavailable' &&
        waiting.reasons.some((reason) => reason.startsWith('This disk is empty: it waits for')) &&
        trying?.reasons.some((reason) => /^Broker . cannot lead: 1 of the 2 votes needed to lead/.test(reason))
      )
    },
    { state: () => run.cluster.describe() },
  )
  leader.start()
  await run.cluster.untilWhole()
  await untilWell(empty)
  assertLogged(
    empty,
    /^This disk is empty, and broker . had another one in cluster .* stop this broker and correct --data-dir\.$/,
  )
  await run.verdict()
}

/** A broker whose clock is an hour ahead: it says of whom it differs, does its work all the same, and nothing is deleted. */
export async function clocksApart(): Promise<void> {
  await using run = await FaultRun.start({ leaseMs: 500, config: { retentionMs: 60_000 } })
  await using brokers = await Brokers.make()
  const { cluster } = run
  const producer = run.producer('p1').start()
  await run.untilAcknowledged(producer, 20)
  const broker = (await cluster.followers())[0]!
  await broker.terminate()
  const preload = join(import.meta.dirname, 'harness/hour-ahead-program.ts')
  const ahead = brokers.startWith({ ...broker.options, preload })
  for (const { id } of cluster.others(broker.id)) {
    await untilTold(ahead, new RegExp(`The clock of broker ${id} is 3,?6\\d\\d s behind this one's\\. `))
  }
  await until('it is in sync all the same', async () => (await (await cluster.leader()).health())?.isr.length === 3)
  await run.untilAcknowledged(producer, 20)
  await ahead.terminate()
  broker.start()
  await cluster.untilWhole()
  await run.verdict()
}
